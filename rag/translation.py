"""A question's words in the other language: what each may be called there, for a structured query."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache

from index import lexical
from index.lexical import Translated
from index.text import numbers, pinyin
from index.text.scripts import CJK_CHARACTER
from models.lexicon import Lexicon
from rag.question import FUNCTION_WORDS_EN, Question

SENSES = 10
"""Translations of a word that are searched for, the likeliest."""

KEPT = 0.3
"""Probability that a Latin word stands in the other text as it is, beside its translations."""

PARTS = 0.3
"""Weight of the words of a longer term; the term itself has the rest. Flat from 0 to .5."""

JOINTS = 3
"""Renderings of each of two neighbouring words that are joined: 数字 and 经济 share the pair of characters 字经."""

JOINED = 0.5
"""Weight of such a joint."""

FUNCTION_WORDS_ZH = frozenset(
    "的是了在和与及或之其这那些个中上下为有不以于也而被把对从将等就都可会要能所并至由向到让使得着过地很最更"
)
"""Single characters that carry grammar, and translate into everything."""

_FUNCTION_STEMS = frozenset(map(lexical.stem, FUNCTION_WORDS_EN))
NAME = 3
"""Words of a Chinese name in letters."""

_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)?")
_OWNER = re.compile(r"['’]s\b")

Renderings = tuple[tuple[tuple[str, ...], float], ...]


Said = Callable[[Iterable[str]], AbstractSet[str]]
"""Which of some terms the library has."""


def nothing(_: Iterable[str]) -> AbstractSet[str]:
    """Of a library that has none of them."""
    return frozenset()


def translate(question: Question, lexicon: Lexicon, said: Said = nothing) -> tuple[Translated, ...]:
    """The question's content words and numbers, and its names that the library ``said`` by their sound, each with its renderings in
    the other language."""
    if question.language == "en":
        text, names = _spelled(_OWNER.sub("", question.text), lexicon, said)
        return (*_english(lexical.runs(text), lexicon), *names, *_numbers(question.text, "zh"))
    runs, names = _spoken(lexical.runs(question.content), lexicon, said)
    return (*_chinese(runs, lexicon), *names, *_numbers(question.content, "en"))


def _spelled(text: str, lexicon: Lexicon, said: Said) -> tuple[str, list[Translated]]:
    """The Chinese names that a text has in letters (Zhu Zongyao) as the library writes them, and the text without them. Where it has no
    such name, it is not asked for a part of it: somebody else has the same."""
    words = list(_WORD.finditer(text))
    names: list[Translated] = []
    at = 0
    while at < len(words):
        length, pairs = _name(words[at : at + NAME], lexicon)
        held = words[at : at + length]
        if found := _written(held[0][0], pairs, lexicon, said):
            renderings = tuple((tuple(lexical.query_terms(name)), 1 / len(found)) for name in found)
            names.append(Translated(renderings, float(length)))
            blank = " " * (held[-1].end() - held[0].start())
            text = text[: held[0].start()] + blank + text[held[-1].end() :]
        at += length
    return text, names


def _name(words: Sequence[re.Match[str]], lexicon: Lexicon) -> tuple[int, list[list[str]]]:
    """How many words from the first on may be a name in letters, the most, and the pairs of characters that it may be of; 1 and none
    where there is no such name."""
    for length in range(len(words), 0, -1):
        held = [one[0] for one in words[:length]]
        if _may_be_a_name(held, lexicon) and (pairs := pinyin.pairs(" ".join(held))):
            return length, pairs
    return 1, []


def _may_be_a_name(words: Sequence[str], lexicon: Lexicon) -> bool:
    """True if the lexicon does not know some words together, and they are written as a name or it does not know one of them."""
    stems = [lexical.stem(word.lower()) for word in words]
    if any(word.lower() in FUNCTION_WORDS_EN for word in words) or ("en", " ".join(stems)) in lexicon:
        return False
    return all(word[0].isupper() for word in words) or not all(("en", stem) in lexicon for stem in stems)


def _written(word: str, pairs: Sequence[Sequence[str]], lexicon: Lexicon, said: Said) -> list[str]:
    """A name in the characters that the library has of it, of which the first is one that begins a name in the lexicon that is translated
    by the first ``word``, where there is one: 刘 for Liu, not 流."""
    first = {sense[0] for sense, _ in lexicon.translations(lexical.stem(word.lower()), "en")}
    found: list[str] = []
    for number, near in enumerate(pairs):
        if number:
            there = said([pair for pair in near if any(one[-1] == pair[0] for one in found)])
            found = [one + pair[1] for one in found for pair in there if one[-1] == pair[0]]
        else:
            found = [*said([pair for pair in near if pair[0] in first] or near)]
    return sorted(said(found))


def _spoken(runs: Sequence[str], lexicon: Lexicon, said: Said) -> tuple[list[str], list[Translated]]:
    """The Chinese names that the library spells in letters, of those that the lexicon does not know, and the runs without them."""
    names: list[Translated] = []
    left: list[str] = []
    for run in runs:
        for name in _unknown(run, lexicon):
            spelled = {spelling: tuple(lexical.query_terms(spelling)) for spelling in pinyin.spellings(name)}
            there = said({term for terms in spelled.values() for term in terms}) if spelled else frozenset()
            if found := [terms for terms in spelled.values() if there >= set(terms)]:
                names.append(Translated(tuple((terms, 1 / len(found)) for terms in found)))
                run = run.replace(name, " ")
        left += run.split()
    return left, names


def _unknown(run: str, lexicon: Lexicon) -> Iterator[str]:
    """What may be a name in a run of Han: characters that stand by themselves, as no word of the lexicon holds them; the longest first."""
    if not CJK_CHARACTER.match(run):
        return
    words = lexicon.segment(run)
    alone = "".join(word if len(word) == 1 and word not in FUNCTION_WORDS_ZH else " " for word in words).split()
    for piece in alone:
        for length in range(min(4, len(piece)), 1, -1):
            yield from (piece[at : at + length] for at in range(len(piece) - length + 1))


def _numbers(text: str, language: str) -> Iterator[Translated]:
    """Numbers as the other language writes them: 3 trillion is 3万亿, twelve is 12 or 十二."""
    for number in numbers.find_numbers(text):
        spelled = [tuple(lexical.query_terms(form)) for form in numbers.spellings(number, language)]
        if known := [terms for terms in dict.fromkeys(spelled) if terms]:
            yield Translated(tuple((terms, 1 / len(known)) for terms in known))


def _english(words: Sequence[str], lexicon: Lexicon) -> Iterator[Translated]:
    """The longest terms that the lexicon knows, and beside each its words."""
    stems = [lexical.stem(word) for word in words]
    at = 0
    before: Renderings = ()
    while at < len(stems):
        count = 1 if stems[at] in _FUNCTION_STEMS else lexicon.longest(stems[at:])
        while stems[at + count - 1] in _FUNCTION_STEMS and count > 1:
            count -= 1
        content = [stem for stem in stems[at : at + count] if stem not in _FUNCTION_STEMS]
        term = _into_chinese(" ".join(stems[at : at + count]), lexicon) if content else ()
        if joints := _joints(before, term):
            yield Translated(joints, JOINED)
        before = term
        if count > 1:
            yield Translated(term, count * (1 - PARTS))
        for stem in content:
            senses = _into_chinese(stem, lexicon)
            kept = ((tuple(lexical.query_terms(stem)), KEPT if senses else 1.0),)
            yield Translated((*senses, *kept), PARTS if count > 1 else 1.0)
        at += count


def _chinese(runs: Sequence[str], lexicon: Lexicon) -> Iterator[Translated]:
    """The words of each run of Han; a long word's parts beside it, an unknown word's instead of it."""
    for run in runs:
        if not CJK_CHARACTER.match(run):
            yield Translated(((tuple(lexical.query_terms(run)), 1.0),))
            continue
        for word in lexicon.segment(run):
            if word in FUNCTION_WORDS_ZH:
                continue
            if senses := _into_english(word, lexicon):
                yield Translated(senses, 1.0 if len(word) > 1 else 0.5)
            if len(word) > 3 or not senses:
                for part in (word[at : at + 2] for at in range(0, len(word) - 1, 2)):
                    if senses_of_part := _into_english(part, lexicon):
                        yield Translated(senses_of_part, PARTS if senses else 1 - PARTS)


def _joints(before: Renderings, after: Renderings) -> Renderings:
    """The pairs of characters where renderings of two neighbouring words meet."""
    pairs = [(x, y, p * q) for x, p in before[:JOINTS] for y, q in after[:JOINTS]]
    han = [(x, y, p) for x, y, p in pairs if lexical.is_han(x[-1]) and lexical.is_han(y[0])]
    return _normal(((x[-1][-1] + y[0][0],), p) for x, y, p in han)


def _into_chinese(entry: str, lexicon: Lexicon) -> Renderings:
    senses = lexicon.translations(entry, "en", SENSES)
    return _normal((_terms(word), share) for word, share in senses)


@lru_cache(maxsize=1 << 14)
def _terms(word: str) -> tuple[str, ...]:
    """The terms of a word of the lexicon: questions have many of them in common."""
    return tuple(lexical.query_terms(word))


def _into_english(entry: str, lexicon: Lexicon) -> Renderings:
    """Translations without the function words in them, those of nothing else left out."""
    found = ((tuple(words.split()), share) for words, share in lexicon.translations(entry, "zh", SENSES))
    content = ((tuple(w for w in words if w not in _FUNCTION_STEMS), share) for words, share in found)
    return _normal((words, share) for words, share in content if words)


def _normal(renderings: Iterator[tuple[tuple[str, ...], float]]) -> Renderings:
    """Probabilities that add up to one."""
    kept = list(renderings)
    total = sum(share for _, share in kept)
    return tuple((terms, share / total) for terms, share in kept if total)
