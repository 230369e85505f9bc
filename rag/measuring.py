"""An answer's numbers in the unit that was asked for, beside the sentences that give them in another."""

from __future__ import annotations

import re
from dataclasses import replace

from index.text import measures
from rag import rows
from rag.types import Answer, Sentence

_MARKS = re.compile(r"(?:\s?\[\d{1,4}\])*")


def beside(answer: Answer, question: str, language: str) -> Answer:
    """The answer with the conversions of each sentence, which stand behind its marks in the text; as it was where a question
    asks for no unit, or the articles answer in that very unit. ``language`` is the question's."""
    wanted = measures.asked(question)
    if wanted is None or answer.refused:
        return answer
    headings = {one.number: rows.header(one.passage) for one in answer.citations}
    sentences: list[Sentence] = []
    text, at = "", 0
    for sentence in answer.sentences:
        header = next((headings[number] for number in sentence.citations if number in headings), "")
        told = measures.conversions(wanted, sentence.text, language, header)
        sentences.append(replace(sentence, conversions=told))
        found = answer.text.find(sentence.text, at)
        if not told or found < 0:
            continue
        marks = _MARKS.match(answer.text, found + len(sentence.text))
        end = marks.end() if marks else found + len(sentence.text)
        listed = f"（{'；'.join(told)}）" if language == "zh" else f" ({'; '.join(told)})"
        text, at = text + answer.text[at:end] + listed, end
    return replace(answer, text=text + answer.text[at:], sentences=tuple(sentences))
