"""The writer as interpreter: a question in the library's other language, and a quote in the reader's."""

from __future__ import annotations

import threading

from index import lexical
from index.text.clauses import STOPS
from index.text.numbers import in_language
from models import LanguageModel
from models.lexicon import Lexicon
from rag import question, quoting
from rag.evidence import Evidence
from rag.question import Question
from rag.writing import checking, prompt
from rag.writing.drafting import Draft, Line
from rag.writing.material import Shown

LENGTH = 200
"""Tokens of a sentence that is translated."""

_GRAMMAR = {
    "zh": rf"root ::= [^\[\]\n\r\t]+ [{STOPS}]",
    "en": r"root ::= [^\[\]\n\r\t\u3000-\u9fff\uff00-\uffef]+ [.!?]",
}
"""One line in the reader's script: a small model otherwise copies what it cannot say."""


ASKED = 96
"""Tokens of a question that is translated."""

_QUESTION = {"zh": r"root ::= [^\[\]\n\r\t]+ [？]", "en": r"root ::= [^\[\]\n\r\t\u3000-\u9fff\uff00-\uffef]+ [?]"}


def ask(model: LanguageModel, asked: Question) -> Question | None:
    """The question in the other language, with its years; None where what the model makes of it is cut off or names another."""
    language = "en" if asked.language == "zh" else "zh"
    turns = prompt.interpreting(language, in_language(asked.text, language), question=True)
    if model.count_chat(turns) + ASKED > model.context:
        return None
    said = "".join(model.chat(turns, most=ASKED, grammar=_QUESTION[language])).strip()
    named = question.read(said).years
    left_out = [year for year in asked.years if year not in named]  # a small model drops every tenth
    again = question.read("".join(f"{quoting.year_label(year, language)} " for year in left_out) + said)
    whole = said.endswith(("？", "?")) and again.language == language and set(named) <= set(asked.years)
    return again if whole else None


def say(
    model: LanguageModel, asked: Question, quote: Evidence, lexicon: Lexicon, cancel: threading.Event | None = None
) -> str:
    """The quote in the question's language. The quote itself where it is in that language already, and where the translation is
    cut off or says what the quote does not."""
    language = asked.language
    turns = prompt.interpreting(language, in_language(quote.text, language))
    if quote.hit.article.language == language or model.count_chat(turns) + LENGTH > model.context:
        return quote.text
    said = "".join(model.chat(turns, most=LENGTH, grammar=_GRAMMAR[language], cancel=cancel)).strip()
    if not said.endswith((*STOPS, ".", "!", "?")) or lexical.language(said) != language:
        return quote.text
    (checked,) = checking.check(asked, Draft((Line("", said),)), [Shown(1, quote, quote.start)], lexicon)
    return checked.line.text if checked.support else quote.text
