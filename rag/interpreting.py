"""A quote said in the reader's language by the writer, and held against the quote like everything else it writes."""

from __future__ import annotations

import threading

from index import lexical
from index.numbers import in_language
from models import LanguageModel
from models.lexicon import Lexicon
from rag import checking, prompt
from rag.drafting import Draft, Line
from rag.evidence import Evidence
from rag.material import Shown
from rag.question import Question

LENGTH = 200
"""Tokens of a sentence that is translated."""

_GRAMMAR = {
    "zh": r"root ::= [^\[\]\n\r\t]+ [。！？]",
    "en": r"root ::= [^\[\]\n\r\t\u3000-\u9fff\uff00-\uffef]+ [.!?]",
}
"""One line in the reader's script: a small model otherwise copies what it cannot say."""


def say(
    model: LanguageModel, asked: Question, quote: Evidence, lexicon: Lexicon, cancel: threading.Event | None = None
) -> str:
    """The quote in the question's language; as it stands where it is in that language already, or where what the model makes
    of it is cut off or says what the quote does not."""
    language = asked.language
    turns = prompt.interpreting(language, in_language(quote.text, language))
    if quote.hit.article.language == language or model.count_chat(turns) + LENGTH > model.context:
        return quote.text
    said = "".join(model.chat(turns, most=LENGTH, grammar=_GRAMMAR[language], cancel=cancel)).strip()
    if not said.endswith(("。", "！", "？", ".", "!", "?")) or lexical.language(said) != language:
        return quote.text
    (checked,) = checking.check(asked, Draft((Line("", said),)), [Shown(1, quote, quote.start)], lexicon)
    return checked.line.text if checked.support else quote.text
