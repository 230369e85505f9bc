"""A question that goes on with the thing of a list which was told last: 什么时候竣工？, 茶产业园呢？, "how heavy is it?"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from index import lexical, records
from index.records import Record
from index.text.degrees import ORDERS
from index.text.scripts import HAN_CHARACTER
from index.text.units import TEXTS, THINGS
from rag import question
from rag.tables import fields
from rag.tables.asked import folded
from rag.types import Answer

_POSSESSIVE = re.compile(r"(?:它|[他她])的|\b(?:its|his|her|their)\b", re.IGNORECASE)
_PRONOUN = re.compile(
    rf"它|[他她]|其(?![中他余])|[这该]一?[{THINGS}{TEXTS}]|\b(?:it|he|she|him|they|them)\b", re.IGNORECASE
)
_SEVERAL = re.compile(r"[它他她]们|两者|二者|\b(?:both|these|those)\b", re.IGNORECASE)
_PART = 2
"""Characters of Han, or letters of a word, of a name that a question says."""


def going_on(text: str, core: str, before: str, history: Sequence[Answer]) -> str:
    """The whole question where a follow-up asks of the one thing of a list that the last answer told, or the question ``before`` of another
    thing of that list, which ``core`` names; "" where it does neither."""
    told = _told(history[-1])
    if told is None or ORDERS.search(text):
        return ""
    one, own, names = told
    given = _given(core, names)
    if given and given != own:
        return _of_another(before, own, given, _label(one, history[-1])) if _says_only(core, given) else ""
    if given or _given(text, names) or _SEVERAL.search(text):
        return ""
    chinese = bool(HAN_CHARACTER.search(text))
    if said := _POSSESSIVE.search(text):
        return f"{text[: said.start()]}{own}{'的' if chinese else '’s'}{text[said.end() :]}"
    if said := _PRONOUN.search(text):
        return f"{text[: said.start()]}{own}{text[said.end() :]}"
    asked = question.read(text)
    if not any(fields.share_of(asked, label) for label in one.labels):
        return ""
    return f"{own}{text}" if chinese else f"{own}: {text}"


def _told(answer: Answer) -> tuple[Record, str, list[str]] | None:
    """The one thing of several of a kind that an answer told first, its name and the names of all; None where it told none, or several."""
    cited = {one.number: one for one in answer.citations}
    told: list[tuple[Record, str, list[str]]] = []
    for sentence in answer.sentences:
        one = cited.get(sentence.citations[0]) if sentence.citations else None
        text = one.article.text if one else ""
        if one and (found := records.named_alike(text, one.start)):
            names = list(dict.fromkeys(text[slice(*each.name)] for each in found[1]))
            told.append((found[0], text[slice(*found[0].name)], names))
        elif not told:
            return None
    return told[0] if told and all(names == told[0][2] and own == told[0][1] for _, own, names in told) else None


def _given(text: str, names: Sequence[str]) -> str:
    """The name that a text says the most of; "" where it says none, or several alike."""
    asked = question.read(text)
    shares = {name: fields.share_of_name(asked, folded(name)) for name in names}
    most = max(shares.values())
    found = [name for name, share in shares.items() if share == most >= fields.NAMED]
    return found[0] if len(found) == 1 else ""


def _says_only(core: str, name: str) -> bool:
    """True if a text says nothing but a name or a part of it."""
    terms = {*lexical.query_terms(question.read(core).content or core)}
    return terms <= {*lexical.terms(folded(name))}


def _of_another(before: str, own: str, other: str, label: str) -> str:
    """A question asked of another thing than it says; where it says none, what was told of the one is asked of the other."""
    chinese = bool(HAN_CHARACTER.search(before))
    match = SequenceMatcher(None, before.casefold(), own.casefold(), autojunk=False).find_longest_match()
    start, end = match.a, match.a + match.size
    whole_words = chinese or not (before[start - 1 : start].isalnum() or before[end : end + 1].isalnum())
    if match.size >= (_PART if chinese else 2 * _PART) and whole_words and _given(before, [own]):
        return (
            f"{before[:start].rstrip('《')}{other}{before[end:].lstrip('》')}"
            if "《" in other
            else f"{before[:start]}{other}{before[end:]}"
        )
    if not label:
        return ""
    return f"{other}的{label}是多少？" if chinese else f"What is the {label} of {other}?"


def _label(one: Record, answer: Answer) -> str:
    """What the last answer told of a thing; "" where it told all of it."""
    sentence, cited = answer.sentences[0], answer.citations[0]
    place = cited.start + sentence.span[0] if sentence.span else cited.start
    return next(
        (
            label
            for label, (start, end) in one.fields
            if cited.start <= start and place < end and (sentence.span or end >= cited.end)
        ),
        "",
    )
