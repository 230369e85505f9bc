"""Whether the evidence answers: by the reader where it was read, else by what it covers of the question; and what is exact."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import islice, pairwise
from math import exp

from index import lexical, passages, rows
from index.text import measures, pinyin
from index.text.scripts import HAN
from index.types import Hit
from models import load_lexicon
from rag import spelling, titles
from rag.evidence import Evidence
from rag.question import FUNCTION_WORDS_EN, Question
from rag.reading import either, kind, unread
from rag.weights import weights

RUNNERS_UP = 3
"""How many of the best sentences may satisfy the rules."""


def keeps_to_the_question(question: Question, evidence: Iterable[Evidence]) -> list[Evidence]:
    """Evidence that speaks of a year asked for, and, where it speaks the question's language, of each title that it gives in 《》 and of
    no other name that only looks like one that it gives; where it speaks another one, of each name in no lexicon that the question's
    own language tells of."""
    kept = [one for one in evidence if not question.years or one.features["years"] > 0]
    hits = {one.hit.passage.id: one.hit for one in kept if one.hit.article.language == question.language}
    untitled = {name for name, hit in hits.items() if not _names_titles(question, hit)}
    others = {name for name, hit in hits.items() if name not in untitled and tells_of_a_namesake(question, hit)}
    if others and untitled | others == hits.keys():
        return []  # of a name that is in no lexicon another language cannot tell it apart
    names = [name for name in _names(question) if any(name in _plain(_said(hit)) for hit in hits.values())]
    away = untitled | others | {one.hit.passage.id for one in kept if _leaves_out(names, question, one.hit)}
    return [one for one in kept if one.hit.passage.id not in away and not _of_another(names, question, one)]


def of_the_named(question: Question, ranked: Sequence[Evidence]) -> list[Evidence]:
    """The ranked evidence without that of articles in the question's language that say none of its names in no lexicon, where another
    one does: what is asked of AFLoc, or of 澜赋, is not told of another. Once it was read: how many articles compete is as before."""
    own = {one.hit.article.id: one.hit.article for one in ranked if one.hit.article.language == question.language}
    names = [name.casefold() for name in _names(question)] if len(own) > 1 else []
    said = {id_: _plain(f"{one.title}\n{one.path}\n{one.text}").casefold() for id_, one in own.items()} if names else {}
    telling = {id_ for id_, text in said.items() if any(name in text for name in names)}
    return [one for one in ranked if not telling or one.hit.article.id in telling or one.hit.article.id not in own]


def log_odds(question: Question, evidence: Evidence) -> float:
    """Log-odds that evidence answers the question it was ranked for: by what the reader said where it was read, else by what it
    covers of the question."""
    if evidence.log_odds is not None:
        return evidence.log_odds
    return either(weights().answering[unread(question.language, evidence.hit.article.language)], evidence.features)


def answers(question: Question, one: Evidence, shift: float = 0.0) -> bool:
    """Whether a sentence answers, by its log-odds, with the measure asked for in it."""
    if _lacks_the_measure(question, one):
        return False
    by = kind if one.log_odds is not None else unread
    least = weights().threshold[by(question.language, one.hit.article.language)]
    return log_odds(question, one) > least + shift


def answerable(question: Question, ranked: Sequence[Evidence], shift: float = 0.0) -> bool:
    """Whether one of the best of the ranked evidence answers the question; a question about nothing has no answer.

    ``shift`` is added to every threshold, in log-odds."""
    able = (one for one in ranked if not _lacks_the_measure(question, one))
    return bool(question.subject) and any(answers(question, one, shift) for one in islice(able, RUNNERS_UP))


def _lacks_the_measure(question: Question, one: Evidence) -> bool:
    """No length answers what asks for a weight: a measure asked for must stand there, in any unit of it. Where a passage says the
    very words that ask, the question quotes it: 几度夕阳红 asks for no degrees."""
    asked = measures.asked(question.text) if one.features.get("lacks") else None
    if asked is None or question.language != "zh":
        return asked is not None
    return question.text[asked.start - 1 : asked.end + 1] not in one.hit.passage.text


def confidence(question: Question, ranked: Sequence[Evidence]) -> float:
    """Probability that the best of the ranked evidence answers the question, 0 to 1."""
    said = [log_odds(question, one) for one in ranked[:RUNNERS_UP]]
    return 1 / (1 + exp(-max(said))) if question.subject and said else 0.0


def _names_titles(question: Question, hit: Hit) -> bool:
    """Whether a passage names the titles asked for."""
    if not question.titles:
        return True
    heads = (hit.article.title, hit.passage.heading)
    return all(titles.names(title, _said(hit), heads) for title in question.titles)


def _said(hit: Hit) -> str:
    """A passage under its title and heading."""
    return f"{hit.article.title}\n{hit.passage.heading}\n{hit.passage.text}"


_BEFORE = 60
"""Characters before a sentence, of its line, in which it is named what it tells of."""

# --- names in no lexicon ----------------------------------------------------------------------------------------------


def _names(question: Question) -> list[str]:
    """What a question gives a name that the lexicon has no word for: 雾溪镇, Wuxi."""
    if question.language == "zh":
        runs = _RUN.findall(_plain(question.content))
        unknown = [run[start:end] for run in runs for start, end, _ in _unknown(run)]
        return [*unknown, *_SOMEBODY.findall(question.text), *_foreign(question)]
    words = list(_WORD.finditer(question.text))[1:]
    return [word[0] for word in words if word[0][0].isupper() and not _senses(word[0])]


_SOMEBODY = re.compile(f"[{HAN}]某+")
"""Whom a court or a newspaper does not name in full: 罗某, 穆某某."""


def _foreign(question: Question) -> list[str]:
    """The Latin names in a Chinese question, of three letters and more: AFLoc, and not AI, which the lexicon has."""
    words = (word[0] for word in _WORD.finditer(_plain(question.text)))
    return [word for word in words if len(word) > 2 and not _senses(word)]


def _leaves_out(names: Sequence[str], question: Question, hit: Hit) -> bool:
    """True if an article of another language says none of some names, neither as they are nor as they sound."""
    if not names or hit.article.language == question.language:
        return False
    text = _plain(f"{hit.article.title}\n{hit.article.path}\n{hit.article.text}").casefold()
    return not any(form.casefold() in text for name in names for form in (name, *_sounds(name)))


def _of_another(names: Sequence[str], question: Question, one: Evidence) -> bool:
    """True if a sentence, or the line before it, tells of another of the kind of one of some names and nothing there names that one, nor
    the title, nor the article's first sentence: 望岭镇…。镇长汪若溪说 where 雾溪镇 is asked for."""
    text, passage = one.hit.article.text, one.hit.passage
    if not names or question.language != "zh" or one.hit.article.language != "zh":
        return False
    begin = max(text.rfind("\n", 0, one.start) + 1, one.start - _BEFORE)
    first = text[slice(*passages.sentences(text, 0, min(_BEFORE, len(text)))[0])]
    near = _plain(f"{one.hit.article.title}\n{passage.heading}\n{first}\n{text[begin : one.end]}")
    line = _plain(text[begin : one.end])
    told = [run[start:end] for run in _RUN.findall(line) for start, end, _ in _unknown(run) if end - start > 2]
    kinds = {name[-1] for name in names if (len(name) > 2 or _SOMEBODY.match(name)) and name not in near}
    return any(other[-1] in kinds and other not in names for other in (*told, *_SOMEBODY.findall(line)))


def _sounds(name: str) -> list[str]:
    """A name as the other language writes what it sounds like, in two syllables at least."""
    if _RUN.fullmatch(name):
        return [*pinyin.spellings(name), *pinyin.spellings(name[:-1])]
    return [pair for near in pinyin.pairs(name)[:1] for pair in near]


# --- names that look alike --------------------------------------------------------------------------------------------

_RUN = re.compile(f"[{HAN}]+")
_WORD = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*")
_NAMED_BEFORE = re.compile(r"\b(?!The\b)[A-Z][\w-]* $")
_REACH = 12
"""Characters on either side of one that are read to tell which word it belongs to."""


def tells_of_a_namesake(question: Question, hit: Hit) -> bool:
    """True if a passage names what differs from a name of the question in one character, or one word, before an end that they
    share, and its article names nowhere what is asked: 溪口镇 for 溪头镇, Upper Moor School for Middle Moor School."""
    article = hit.article
    text = _plain(_said(hit))
    asked = _plain(question.content if question.language == "zh" else question.text)
    alike = [*_like_labels(asked, text), *(_like_han if question.language == "zh" else _like_english)(asked, text)]
    if not alike:
        return False
    whole = _plain(f"{article.title}\n{article.path}\n{article.text}").casefold()
    return any(not any(part in whole for part in names) for names in alike)


def _plain(text: str) -> str:
    return lexical.simplified(unicodedata.normalize("NFKC", text))


def _like_labels(asked: str, text: str) -> Iterator[tuple[str, ...]]:
    """What a question says where the label of a table's row says it but for one character or word; nothing where it says a label."""
    labels = {rows.cells(line)[0] for line in text.splitlines() if rows.is_row(line)}
    if any(len(label) > 1 and label.casefold() in asked.casefold() for label in labels):
        return
    for label in filter(lambda label: len(_parts(label)) > 2, labels):
        for run in _RUN.findall(asked) if _RUN.fullmatch(label) else [" ".join(_WORD.findall(asked))]:
            said, length = _parts(run), len(_parts(label))
            for at in range(len(said) - length + 1):
                name = (" " * (" " in label)).join(said[at : at + length])
                if name[-1] == label[-1] and _is_other(name, label):
                    yield (name.casefold(),)


def _parts(name: str) -> list[str]:
    """The characters of a name in Han, the words of any other."""
    return list(name) if _RUN.fullmatch(name) else name.split()


def _is_other(name: str, label: str) -> bool:
    """True if one character or word of a name, not its last, makes it another than a label."""
    pairs = zip(_parts(name), _parts(label), strict=True)
    differ = [at for at, (one, other) in enumerate(pairs) if one.casefold() != other.casefold()]
    if len(differ) != 1 or differ[0] == len(_parts(label)) - 1:
        return False
    if " " in label:
        return _differ(name.split()[differ[0]], label.split()[differ[0]])
    spans = [
        (start, end) for start in range(differ[0] + 1) for end in range(differ[0] + 1, len(name) + 1) if end - start > 1
    ]
    return _differ(name[differ[0]], label[differ[0]]) and not any(
        _senses(name[start:end]) & _senses(label[start:end]) for start, end in spans
    )


def _differ(one: str, other: str) -> bool:
    """True if two characters or words, one instead of the other, make another name: no numbers, no slip of the pen, and no words
    that the lexicon translates alike."""
    if {one, other} & spelling.NUMBERS or not (one.isalpha() and other.isalpha()):
        return False
    if len(one) == 1:
        return True
    alike = SequenceMatcher(None, one.lower(), other.lower()).ratio()
    return alike < spelling.ALIKE and not _senses(one) & _senses(other)


def _senses(word: str) -> set[str]:
    """What the lexicon translates a word by."""
    language, entry = ("zh", word) if _RUN.match(word) else ("en", lexical.stem(word.lower()))
    return {sense for sense, _ in load_lexicon().translations(entry, language)}


def _like_han(asked: str, text: str) -> Iterator[tuple[str, ...]]:
    """The pairs of characters with the one that differs, of each name in a question that the text has one like. A name is where
    the lexicon has no longer word for two characters or more, up to the end of the word behind them."""
    for run in _RUN.findall(asked):
        for start, end, last in _unknown(run):
            for at in range(start, min(end, last - 1)):
                pairs = tuple("".join(pair) for pair in pairwise(run[max(0, at - 1) : at + 2]))
                stop = max(start + 3, at + 2)
                stop = stop if stop <= end else last
                if at == start and _begins_a_clause(run[start + 1 : stop], text):
                    continue  # 给贴息, where 贴息 is a word and 给 no part of a name
                if not any(pair in text for pair in pairs) and _has_alike(run[start:stop], at - start, text):
                    yield pairs


def _begins_a_clause(word: str, text: str) -> bool:
    """True if a text has a word with nothing before it, or what stands beside anything."""
    before = "".join(sorted(spelling.SAYS_NOTHING))
    return len(word) > 1 and bool(re.search(rf"(?:^|[^{HAN}]|[{before}]){re.escape(word)}", text))


def _unknown(run: str) -> Iterator[tuple[int, int, int]]:
    """Where stretches of characters begin and end that are words by themselves, and where the longer word behind them ends."""
    start = at = 0
    for word in (*load_lexicon().segment(run), ""):
        if len(word) != 1 or word in spelling.SAYS_NOTHING:
            if at - start > 1 and (last := at + len(word) * (len(word) > 1)) - start > 2:
                yield start, at, last
            start = at + len(word)
        at += len(word)


def _has_alike(name: str, at: int, text: str) -> bool:
    """True if a text has a name with another character in this place, which is a word by itself there as well, and begins the name
    if that one does."""
    for found in re.finditer(f"{re.escape(name[:at])}([{HAN}]){re.escape(name[at + 1 :])}", text):
        place = found.start(1)
        before = "".join(re.findall(f"[{HAN}]+$", text[max(0, place - _REACH) : place]))
        behind = "".join(re.findall(f"^[{HAN}]+", text[place : place + _REACH]))
        stretches = ((start, end) for start, end, _ in _unknown(before + behind) if start <= len(before) < end)
        if found[1] != name[at] and any(at or start == len(before) for start, _ in stretches):
            return True
    return False


def _like_english(asked: str, text: str) -> Iterator[tuple[str, ...]]:
    """Each word with a capital for which a text has another one before the same next word."""
    words = list(_WORD.finditer(asked))
    for before, word, after in zip(words, words[1:], words[2:], strict=False):
        joined = asked[word.end() : after.start()] == " "
        if (
            not joined
            or not word[0][0].isupper()
            or after[0].lower() in FUNCTION_WORDS_EN
            or word[0].lower() in text.lower()
        ):
            continue
        named = before is not words[0] and before[0][0].isupper() and asked[before.end() : word.start()] == " "
        lead = f"{re.escape(before[0])} " if named else ""
        for found in re.finditer(rf"{lead}([A-Z][\w-]*) {re.escape(after[0])}\b", text):
            begins = named or not _NAMED_BEFORE.search(text, 0, found.start())
            if begins and found[1].lower() not in FUNCTION_WORDS_EN and _differ(word[0], found[1]):
                yield (word[0].lower(),)
