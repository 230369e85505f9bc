"""A question that leans on the ones before it, made whole: 那2021年呢？, 谁在管理？, "what about the year before?", "why?"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from index import issues, lexical, passages, rows
from index.issue import NUMBERED
from index.text.dates import LONE_YEAR
from index.text.degrees import ORDERS
from index.text.scripts import HAN_CHARACTER, USUAL_HAN
from index.text.units import THINGS
from rag import question
from rag.chronology import when
from rag.dialogue import compound
from rag.outright import defining
from rag.tables import going_on, things
from rag.types import Answer
from rag.whole import requests

Stands = Callable[[str], float]
"""How surely the articles answer a question, 0 where they do not."""

CLOSE = 0.05
"""How much less surely a way to complete a question may be answered and still come before a later one."""

SHORT = 4
"""Han characters up to which what asks first (谁在管理) has no subject of its own."""

BARE = 1
"""English words up to which it has none ("can you clarify?")."""

NAME = 24
"""Characters of an answer that may be a name."""

FRAMED = 5
"""Characters of a thing of which the first and the last two are those of another."""

_LEAD = re.compile(
    r"^(?:那么?|而|还有|另外|再问)?[，,]?(?:请问|其中)?|^(?:(?:and|so|then|but|or|ok|okay|well)\b[, ]*)+", re.IGNORECASE
)
_ABOUT = re.compile(r"^(?:what|how) about (?:for |in |of |on )?|^what if ", re.IGNORECASE)
_AND = re.compile(r"^(?:and|or)\b[, ]*", re.IGNORECASE)
_ARTICLE = re.compile(r"^(?:the|an?) ", re.IGNORECASE)
_END = re.compile(
    r"(?:又?(?:是|有|为|达到?)?(?:多少|几[^，。？?]?|怎么样|如何|怎样|什么情况))?又?呢?[？?。.!！ ]*$|[ ]*(?:then|as well|too)?[ ?.!]*$",
    re.IGNORECASE,
)
_ASKS_FIRST = re.compile(
    r"^(?:(?:需要?|要|可以|能够?|会|有|得|应该?|必须|用)(?=.{1,6}吗)|(?:由|是|被|归)?(?:谁|哪|何|什么|为什么|为何|怎么|怎样|如何|多少|几|有多|有几|有没有|有哪|在哪|在什么|位于哪|能不能|是否|是不是|一共|共有|总共))"
)
_PRONOUN_ZH = re.compile(
    rf"它们?|[他她]们?|(?<![极尤与])其(?![他它余中实])|(?:该|此|这|那)(?:[{THINGS}](?:[{USUAL_HAN}](?=的|[是有在]))?)?(?=的|[是有在])|该[{USUAL_HAN}]{{1,3}}(?=[的是有在])"
)
_PRONOUN_EN = re.compile(
    r"\b(?:(?P<own>its|their|his|her(?= [a-z]))|it|they|them|he|she|him|her|(?:this|that|these|those)(?=\s*(?:[?.,!]|$|is\b|was\b|are\b|were\b|cost|happen|mean|work|take|start|end)))\b",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(r"\b(?:s?he|him|her|his)\b", re.IGNORECASE)
_DONE = re.compile(
    r"(\b(?:(?:do|does|did)\b(?! (?:I|you|we|they|he|she|it|one)\b)(?: [\w’'-]+){2,8}?(?= [a-z])|(?:is|are|was|were)\b(?: [\w’'.-]+){1,8}?(?= \w+ed\b))) [a-z]+(?=\s*(?:$|[?.!,])| (?:in|on|at|for|to|from|by|of|with|during)\b)",
)
"""Behind these the thing comes first and what it does, or what is done to it, last: "did the bridge cost" and "was the bridge opened", but
not "do I start the engine"."""
_DOES = re.compile(r"(\b(?:who|what|which)) [a-z]+(?= (?:the|an?) )", re.IGNORECASE)
"""Where an article follows, the word behind these is what somebody does: "who runs the train", but not "what night train"."""
_THE = re.compile(r"\bthe [a-z][\w-]+(?: [a-z][\w-]+)??(?=[?.,!]| (?:in|on|at|of|for|by|with)\b|$)")
_DUMMY = re.compile(
    r"(?<!did )(?<!does )(?<!has )(?<!have )\bit (?:is |was |'s |be )?(?:\w+ly )?\w+ (?:to|that|if|for)\b|\bis it (?:\w+ )?(?:to|that|true|possible)\b",
    re.IGNORECASE,
)
""" "Is it safe to", where nothing is meant by it."""
_CLAUSE = re.compile(
    r"[，。；！？,;:.?!]|\b(?:if|when|while|because|although|though|since|unless|whether|but|before|after)\b",
    re.IGNORECASE,
)
_QUOTES = "“”\"「」『』‘’'"
_PREPOSITION = re.compile(r" ?(?:in|of|for|during|on) ", re.IGNORECASE)
_OWN = re.compile(r"\s+own\b", re.IGNORECASE)
_CAPITAL = re.compile(r"\b[A-Z]")
_ASKS_WHO = re.compile(rf"谁|哪一?[{THINGS}](?![年月日])|\b(?:who|whom|which)\b", re.IGNORECASE)
"""Asks for somebody or something by name."""
_HOW = re.compile(r"how\b|怎么|怎样|如何", re.IGNORECASE)
_NOT = re.compile(r"n['’]t$", re.IGNORECASE)
_NAME = re.compile(r"(?<=\w )[A-Z]\w")
_LEANS_EN = re.compile(r"\b(?:the|any|other|others|else|also|another|more|there)\b", re.IGNORECASE)

_COMPARES = re.compile(
    r"^(?:(?:和|跟|与|同|较|比)(?P<zh>.+?)(?:相比|比较|比起来|比)?(?:又?(?:呢|怎么样|如何))?|(?:how does (?:it|this|that) compare|compared|versus|vs\.?)(?: (?:with|to))? (?P<en>.+?))[？?。.!！ ]*$",
    re.IGNORECASE,
)
"""和2024年比呢？ "compared with 2024?"."""
_COMPARED = re.compile(r"^与[^，]+相比，| compared with [^?]+(?=\?$)")
"""What a question made whole is compared with: the next one is not of that."""

_STEPS = (
    (
        re.compile(
            r"再?(?:前|上)一年度?|\b(?:in )?the (?:year before|previous year|preceding year|prior year)\b",
            re.I,
        ),
        "year",
        -1,
    ),
    (
        re.compile(r"再?(?:(?:后|下)一|次|第二|转)年度?|\b(?:in )?the (?:year after|next year|following year)\b", re.I),
        "year",
        1,
    ),
    (re.compile(r"再?(?:前|上)一个?月|\b(?:in )?the (?:month before|previous month)\b", re.I), "month", -1),
    (
        re.compile(r"再?(?:(?:后|下)一个?|次)月|\b(?:in )?the (?:month after|next month|following month)\b", re.I),
        "month",
        1,
    ),
)
"""Times counted from the one that the conversation speaks of."""


_ENGLISH = re.compile(
    r"\b(?:what|which|who|whom|whose|when|where|why|how|did|does|do|is|are|was|were|has|have)\b", re.IGNORECASE
)


def _is_chinese(text: str) -> bool:
    """True if a question, or a part of one, is Chinese: an English one may hold a name in Han."""
    return bool(HAN_CHARACTER.search(text)) and not _ENGLISH.search(text)


def complete(text: str, history: Sequence[Answer], today: date, stands: Stands) -> str:
    """A follow-up as a whole question, completed from the earlier answers (``history``, one or more, newest last); any other question
    unchanged.

    Where it can be completed in several ways, the articles decide: of the ways that they answer about as surely as the best
    (within CLOSE) the first is taken."""
    written = f"{text}\n{_asked(history, today, stands)}"
    folded = lexical.simplified(written)
    if folded != written:  # the characters are those of the questions again once it is whole
        said, earlier = folded[: len(text)], folded[len(text) + 1 :]
        whole = complete(said, [replace(history[-1], question=earlier, understood="", kind="")], today, stands)
        return whole.translate(str.maketrans(folded, written)) if whole != said else text
    of, asked = issues.scope(_asked(history, today, stands))
    before = _Before(asked, history[-1], today)
    turn = " ".join(text.split())
    plain = asking(turn)
    if issues.is_numbered(other := _core(plain).strip("里中内的 ，,")) and not before.request:
        return issues.said_within(other, asked)
    if whole := _of_the_table(plain, before, history, stands):
        return whole
    ways = _ways(_stepped(plain, before), before)
    if of:
        ways = [way if NUMBERED.search(way) else issues.said_within(of, way) for way in ways]
    if not ways and plain != turn:
        ways = [plain, turn]
    if len(ways) <= 1:
        return ways[0] if ways else text
    told = [stands(way) for way in ways]
    return next(way for way, sure in zip(ways, told, strict=True) if sure >= max(told) - CLOSE)


def shared(text: str, answer: Answer, today: date, stands: Stands) -> str:
    """A question that stands in one with the question before it, as a whole one: it leans on that one, or is of the same thing."""
    whole = complete(text, [answer], today, stands)
    before = _Before(_asked([answer], today, stands), answer, today)
    if whole != text or not before.topic or before.topic.casefold() in text.casefold():
        return whole
    time = "" if when.read(text, today).dated or when.split(text)[0] else before.time
    ways = [_of(text, before.named, time)] * bool(time) + [_of(text, before.named)]
    if not _is_bare(text):
        ways.append(text)
    told = [stands(way) for way in ways]
    return next(way for way, sure in zip(ways, told, strict=True) if sure >= max(told) - CLOSE)


def _of_the_table(text: str, before: _Before, history: Sequence[Answer], stands: Stands) -> str:
    """The whole question where a follow-up goes on with the rows of a table; "" where it does not."""
    core = _core(text).strip(" ，,")
    for way in (going_on.of_another_row, going_on.of_another_column):
        if whole := way(core, before.shown, history[-1]):
            return whole
    if (whole := things.going_on(text, core, before.shown, history)) and stands(whole) > 0:
        return text if stands(text) > 1 else whole  # of all of them: 五个项目一共多少
    if ORDERS.fullmatch(core) and ORDERS.search(before.text):
        return ""  # the same question with another order
    if not going_on.table_of_rows(history):
        return ""
    whole = going_on.of_the_same_rows(text, before.shown, history)
    return whole or (text if stands(text) > 1 else "")


def _asked(history: Sequence[Answer], today: date, stands: Stands) -> str:
    """The question before as a whole one, the last one of several. An overview says what it is of, and not how it was asked for."""
    last = history[-1]
    if not last.kind:
        asked = last.understood or last.question
        several = compound.read(asked)
        return several.parts[-1] if several else asked
    whole = requests.read(last.question) or len(history) == 1
    return last.question if whole else complete(last.question, history[:-1], today, stands)


def asking(text: str) -> str:
    """What asks in a turn of several sentences: "That is fine. Where is it?" asks where. The whole turn where all of it asks, or
    nothing, or where what asks may be about what the rest says: "It is said to be closed. Can you clarify?"."""
    sentences = [text[slice(*span)] for span in passages.sentences(text)]
    asks = [one for one in sentences if one.endswith(("?", "？"))]
    rest = " ".join(one for one in sentences if one not in asks)
    whole = " ".join(asks)
    if not asks or not rest or (_rest(whole) and _is_bare(whole) and not _is_bare(rest)):
        return text
    return whole


def _is_bare(text: str) -> bool:
    """True if a text says too little to have a subject of its own."""
    said = _rest(text)
    return sum(map(len, said)) <= SHORT if _is_chinese(text) else len(said) <= BARE


class _Before:
    """The question before, as it was understood, and what it was about."""

    def __init__(self, asked: str, answer: Answer, today: date) -> None:
        moment = when.read(_COMPARED.sub("", asked), today)
        self.shown = moment.shown
        self.text = moment.text if moment.extreme else moment.shown
        self.answer = answer
        self.today = today
        self.time, self.timeless = when.split(self.text)
        self.content = question.read(self.text).content.strip("？?。. ")
        self.request = requests.read(self.text)
        self.topic = self.request.subject if self.request else _topic(self.timeless, answer)

    @property
    def named(self) -> str:
        """The topic as a sentence names it: an English one with "the" where it stood with an article."""
        article = not _is_chinese(self.text) and re.search(rf"\b(?:the|an?) {re.escape(self.topic)}\b", self.text, re.I)
        return f"the {self.topic}" if self.topic and article else self.topic

    @property
    def answered(self) -> str:
        """Who or what was asked for, as the answer names it, in a row by the name of the row; "" where the question asked for no name."""
        first = next(iter(self.answer.sentences), None)
        if first and rows.is_row(first.text):
            names = (cell for cell in rows.cells(first.text) if cell and rows.number(cell) is None)
            return next(names, "") if len(self.answer.sentences) == 1 else ""
        if not first or not first.span or not _ASKS_WHO.search(self.text):
            return ""
        said = first.text[slice(*first.span)].strip(_QUOTES)
        named = HAN_CHARACTER.search(said) or _CAPITAL.search(said)
        return said if named and len(said) <= NAME and not re.search(r"\d", said) else ""

    @property
    def month(self) -> tuple[int, int]:
        """Year and month (0 for none) that the question, or what answered it, speaks of."""
        told = when.named(self.time) if self.time else ""
        dated = next((one.article.date for one in self.answer.citations if one.article.date), "")
        year, month = [*map(int, (told or dated or str(self.today.year)).split("-")), 0][:2]
        return year, month


def _stepped(text: str, before: _Before) -> str:
    """前一年 and "the month after" as the year and the month that they are."""
    for pattern, unit, step in _STEPS:
        found = pattern.search(text)
        compared = _COMPARES.match(_LEAD.sub("", text))
        if not found or (not compared and _rest(text[: found.start()] + text[found.end() :])):
            continue
        year, month = before.month
        if unit == "year":
            year += step
            written = f"{year}年" if _is_chinese(text) else f"in {year}"
            if LONE_YEAR.search(before.time):  # the same month or quarter of another year
                written = LONE_YEAR.sub(str(year), before.time, count=1)
        else:
            year, index = divmod(year * 12 + max(month, 1) - 1 + step, 12)
            written = f"{year}年{index + 1}月" if _is_chinese(text) else f"in {when.MONTHS[index].capitalize()} {year}"
        return text[: found.start()] + written + text[found.end() :]
    return text


def _core(text: str) -> str:
    """What a follow-up says beside what makes it one."""
    return _END.sub("", _ABOUT.sub("", _LEAD.sub("", text)))


def _rest(text: str) -> list[str]:
    """The runs of a follow-up that say what it is about."""
    core = _core(text)
    return question.read(core).subject if core and question.says(core) else []


def _ways(text: str, before: _Before) -> list[str]:
    """The questions that a follow-up may be, the likeliest first; none where it stands by itself."""
    resolved = when.read(text, before.today)
    time, timeless = when.split(resolved.text if resolved.extreme else resolved.shown)
    rest = _rest(timeless)
    if replaced := _replaced(text, before.named or before.answered):
        things = [_replaced(text, thing) for thing in _things(text, before)]
        somebody = bool(things) and bool(_SOMEBODY.search(before.answer.question))
        named = [_replaced(text, before.answered)] if before.answered else []
        return [*([text] if _is_bound(text) else []), *named, *([] if somebody else [replaced]), *things]
    if resolved.extreme and not rest:
        return [_of(text, question.read(before.timeless).content)]
    if compared := _compared(resolved.shown, before):
        return [compared]
    if time and not rest:
        return [_at(before, time)]
    if not rest:
        return _asked_alone(text, before)
    if _continues(text):
        return _of_another(_core(timeless).strip(" ，,"), time, before)
    if not _leans(text, rest, before):
        return []
    lasts = not time and question.read(text).kind in (
        "number",
        "",
    )  # who and where do not change with the year asked of
    dated = [_of(text, before.named, before.time)] if lasts and before.time else []
    return [*dated, _of(text, before.named), text]


def _compared(text: str, before: _Before) -> str:
    """The question before, compared with another time; "" where a follow-up does not ask for that."""
    found = _COMPARES.match(_LEAD.sub("", text))
    time, rest = when.split((found["zh"] or found["en"]).strip()) if found else ("", "")
    if not time or rest.strip():
        return ""
    if _is_chinese(before.text):
        return f"与{time}相比，{before.text}"
    return f"{before.text.rstrip('?？ .')} compared with {_PREPOSITION.sub('', time, count=1)}?"


def _of_another(thing: str, time: str, before: _Before) -> list[str]:
    """X呢？, what about X?: the same of another thing, or another thing of the same, which its passages speak of. The head of a
    Chinese noun stands last, so 甲河小学 is another 甲山小学."""
    if not before.topic:
        return [_joined(thing, before.content)]
    if (frame := _framed(thing, before.text)) and not time:
        return [before.text.replace(frame, thing, 1)]
    if ORDERS.fullmatch(thing) and (ordered := ORDERS.search(before.text)):
        return [before.text.replace(ordered[0], thing if ordered[0].endswith("的") else thing.rstrip("的"), 1)]
    if _PREPOSITION.match(thing):
        return [f"{before.text.rstrip('?？ .')} {thing.rstrip('?？ .')}?"]
    thing = _ARTICLE.sub("", thing)  # that of the thing before stays where it stood
    other = _at(before, time) if time else before.text
    other = other.replace(before.topic, thing.strip(_QUOTES) if before.request else thing, 1)
    asks = "是多少？" if question.read(before.text).kind == "number" else _asking(before.text)
    part = _joined(before.topic, f"{time or before.time}{thing}", asks if _is_chinese(before.text) else "")
    alike = _is_chinese(thing) and thing[-1] == before.topic[-1]
    if alike or before.request or defining.word(before.text):
        return [other]
    if any(rows.is_row(one.text) and not _shares(thing, one.lead) for one in before.answer.sentences[:1]):
        return [other, *_in_place_of(thing, before)]  # another row, as no column is called so
    ways = [part] if _was_said(thing, before) else [other, part]
    return [*ways, *_in_place_of(thing, before)]


def _shares(thing: str, header: str) -> bool:
    return not set(lexical.query_terms(thing)).isdisjoint(lexical.terms(header))


def _in_place_of(thing: str, before: _Before) -> list[str]:
    """The question before with another thing in the place of each of its words beside what it is about."""
    words = [word for word in before.content.split() if before.topic not in word and not when.split(word)[0]]
    return [
        before.text.replace(word, thing, 1) for word in dict.fromkeys(words) if word in before.text and len(word) > 1
    ]


def _framed(thing: str, text: str) -> str:
    """The stretch of a Chinese question that begins and ends as another thing does: 在规范运营方面 for 在资源管理方面; "" without one."""
    if len(thing) < FRAMED or not _is_chinese(thing):
        return ""
    found = re.search(f"{re.escape(thing[0])}.{{1,24}}?{re.escape(thing[-2:])}", text)
    return found[0] if found and thing not in text else ""


def _asked_alone(text: str, before: _Before) -> list[str]:
    """Why?, 在哪里？, how often?: nothing but what asks."""
    kind = question.read(text).kind
    if not kind and not _HOW.match(_core(text)):
        return []
    thing, done = _of(text, before.named), _of(text, before.content)
    if kind == "reason":
        return [done]
    return list(dict.fromkeys([thing, done] if kind else [done, thing]))


def _at(before: _Before, time: str) -> str:
    """The question before, asked of another time."""
    bare = _PREPOSITION.sub("", time, count=1).strip() if _PREPOSITION.match(time) else time.strip()
    weekly = when.weekly(bare)
    of_a_year = LONE_YEAR.search(bare) or weekly or when.present(bare)
    if not of_a_year and (year := LONE_YEAR.search(before.time)):
        bare = f"{year[0]}年{bare}" if _is_chinese(bare) else f"{bare} {year[0]}"
    if before.time and before.time in before.text and weekly == when.weekly(before.time):
        joins = _PREPOSITION.match(before.time)
        return before.text.replace(before.time, f"{joins[0] if joins else ''}{bare}", 1)
    if _is_chinese(before.text):
        at = len(before.topic) if before.topic and before.text.startswith(before.topic) else 0
        return f"{before.text[:at]}{time}{before.text[at:]}"
    return f"{before.text.rstrip('?？ .')} {'' if bare[:1].islower() else 'on ' if weekly else 'in '}{bare}?"


def _continues(text: str) -> bool:
    """True if a follow-up asks the same of another thing, or another thing of the same: X呢？, what about X?, and X?"""
    asks = _ABOUT.match(_LEAD.sub("", text)) or re.search(r"呢[？?]*$", text) or _names_first(text)
    return bool(asks) and not question.read(text).kind


def _names_first(text: str) -> bool:
    """True if what follows an "and" begins with what it names, or with where: "and the banks?" does, "and is it open?" asks."""
    lead = _AND.match(text)
    rest = _ARTICLE.sub("", text[lead.end() :]) if lead else ""
    word = re.match(r"\W*([\w’'-]+)", rest)
    return bool(word and (word[1].lower() not in question.FUNCTION_WORDS_EN or _PREPOSITION.match(rest)))


def _replaced(text: str, topic: str) -> str:
    """The question with its pronouns as what they stand for, "" where it has none."""
    if not topic or _DUMMY.search(text):
        return ""
    if _is_chinese(text):
        said = _PRONOUN_ZH.sub(lambda _: topic, _LEAD.sub("", text))
        return said if _PRONOUN_ZH.search(_LEAD.sub("", text)) else ""
    if not _PRONOUN_EN.search(text):
        return ""
    return _PRONOUN_EN.sub(lambda found: topic + "'s" * bool(found["own"]), text, count=1)


def _things(text: str, before: _Before) -> list[str]:
    """What "it" may stand for beside a name, which may be somebody's: of "what did Ann Lee say at the meeting" the meeting."""
    found = _PRONOUN_EN.search(text)
    if _is_chinese(text) or not found or found[0].lower() not in ("it", "its") or not before.topic[:1].isupper():
        return []
    return [one[0] for one in _THE.finditer(before.text) if before.topic not in one[0]][-1:]


def _is_bound(text: str) -> bool:
    """True if a question may itself say what its first pronoun stands for: a pronoun is free in its clause, so another clause does
    ("If I borrow money, is it equity?"), or, of what is somebody's own, a name ("Does the Prince of Wales have his own income?")."""
    text = _LEAD.sub("", text)
    found = (_PRONOUN_ZH if _is_chinese(text) else _PRONOUN_EN).search(text)
    *others, same = _CLAUSE.split(text[: found.start()]) if found else [""]
    if found and found.groupdict().get("own") and (_OWN.match(text, found.end()) or _NAME.search(same)):
        return bool(_rest(same))
    return not all(map(_is_bare, others))


def _leans(text: str, rest: Sequence[str], before: _Before) -> bool:
    """True if a question has no subject of its own: it asks first and says little else, or all that it says was said before."""
    if before.topic and before.topic.casefold() in text.casefold():
        return False
    core = _core(text)
    if _is_chinese(text):
        asks_first = _ASKS_FIRST.match(core) and sum(map(len, rest)) <= SHORT
        return bool(asks_first) or _was_said(" ".join(rest), before)
    return len(rest) <= 2 and bool(_LEANS_EN.search(core)) and not any(word[:1].isupper() for word in core.split()[1:])


def _was_said(words: str, before: _Before) -> bool:
    """True if the question before, or a passage that answered it, says all of these words."""
    cited = [f"{one.passage.heading}\n{one.passage.text}" for one in before.answer.citations]
    said = lexical.terms("\n".join([before.text, before.answer.text, *cited]))
    sought = set(lexical.query_terms(words))
    return bool(sought) and sought <= set(said)


# --- what a question is about -----------------------------------------------------------------------------------------

_CUT_ZH = re.compile(rf"[的有是在由共为达被归，,。？?]|多少|几[{THINGS}点]|哪|谁|什么|怎么|如何|为何|何时|是否")
_LEAD_ZH = re.compile(
    rf"^(?:请问|关于|根据)?(?:谁|哪一?[{THINGS}]?|什么[时人]?[候]?|为什么|为何|怎么|如何|截[至止到]|自|从)*"
)


def _topic(timeless: str, answer: Answer) -> str:
    """What a question is about: of its words those that the articles which answered it are headed by, or say."""
    told = lexical.simplified("\n".join(f"{one.article.title}\n{one.passage.heading}" for one in answer.citations))
    said = lexical.simplified("\n".join([told, answer.text, *(one.quote for one in answer.citations)]))
    if _is_chinese(timeless):
        return _topic_zh(timeless, told, said)
    return _topic_en(timeless, said)


def _topic_zh(timeless: str, told: str, said: str) -> str:
    head = _CUT_ZH.split(_LEAD_ZH.sub("", timeless.strip(" ，,"), count=1))[0].strip()
    for length in range(len(head), 1, -1):
        if head[:length] in said:
            return head[: _headed(head, length, told)]
    spans = ((a, b) for a in range(len(timeless)) for b in range(a + 3, min(len(timeless), a + 20) + 1))
    inside = max((timeless[a:b] for a, b in spans if timeless[a:b] in told), key=lambda found: len(found), default="")
    return inside or head


def _headed(head: str, end: int, told: str) -> int:
    """Where what a question is about ends, if not at ``end``: at the end of the head where titles tell all the rest in pieces
    (临江|医院|夜间门诊)."""
    at = end
    while at < len(head):
        piece = next((stop for stop in range(len(head), at + 1, -1) if head[at:stop] in told), 0)
        if not piece:
            return end
        at = piece
    return at


def _topic_en(timeless: str, said: str) -> str:
    """The longest run of the question's content words, capitals before others, that the answer says as well; of all its words
    where that says none."""
    # Words as they stand there: what is inflected (fired) is what a thing does, not the thing.
    known = set(lexical.runs(said))
    timeless = _DONE.sub(r"\1", _DOES.sub(r"\1", timeless))
    runs = _content_runs(timeless, known) or _content_runs(timeless, None) or [[]]
    return " ".join(sorted(runs, key=lambda run: (any(word[:1].isupper() for word in run), len(run)))[-1])


def _content_runs(text: str, known: set[str] | None) -> list[list[str]]:
    """Unbroken runs of words that carry meaning, of names and of those that are known, all where ``known`` is None."""
    runs: list[list[str]] = [[]]
    begins = {start for start, _ in passages.sentences(text)}
    for found in re.finditer(r"[\w’'&.-]*[\w&]", text):
        word, plain = found[0], [] if _NOT.search(found[0]) else lexical.runs(found[0])
        named = word[:1].isupper() and found.start() not in begins
        heard = bool(plain) and (known is None or named or plain[0] in known)
        if heard and plain[0] not in question.FUNCTION_WORDS_EN:
            runs[-1].append(word)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _asking(text: str) -> str:
    """The part of a Chinese question that asks."""
    found = re.search(
        r"(?:是|有|为|达到?|共)*(?:多少|几)[^，。？?]{0,4}[？?]?$|(?:是|在)?(?:谁|哪里|什么时候|何时|什么)[？?]?$", text
    )
    return found[0] if found else ""


def _of(asked: str, *of: str) -> str:
    """A question behind what it is asked of: 青屿大桥在哪里？, "tidal barrier: how high was the surge?"."""
    thing = _joined(*of)
    if not thing or _is_chinese(asked):
        return _joined(thing, asked)
    asked = _LEAD.sub("", asked)
    return f"{thing}: {asked[:1].lower()}{asked[1:]}" if _asks_at_once(asked) else f"{thing}: {asked}"


def _asks_at_once(text: str) -> bool:
    """True if a question begins with a word of English grammar, which has its capital from where it stands."""
    word = re.match(r"[A-Za-z]+", text)
    return bool(word and word[0] != "I" and word[0].lower() in question.FUNCTION_WORDS_EN)


def _joined(*parts: str) -> str:
    """The parts as one question; Han is written without spaces."""
    shown = [part.strip() for part in parts if part.strip()]
    return ("" if all(_is_chinese(part) or part.isdecimal() for part in shown) else " ").join(shown)
