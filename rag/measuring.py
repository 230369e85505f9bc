"""An answer's numbers in the unit that was asked for, beside the sentences that give them in another."""

from __future__ import annotations

from dataclasses import replace

from index.text import measures
from rag import rows
from rag.types import Answer, Sentence, written


def beside(answer: Answer, question: str, language: str) -> Answer:
    """The answer with the conversions of each sentence into the unit that the question asks for. Unchanged where it asks for none
    or the articles answer in that unit already. ``language`` is the question's."""
    wanted = measures.asked(question)
    if wanted is None or answer.refused:
        return answer
    headings = {one.number: rows.header(one.passage) for one in answer.citations}
    sentences: list[Sentence] = []
    for sentence in answer.sentences:
        header = next((headings[number] for number in sentence.citations if number in headings), "")
        told = measures.conversions(wanted, sentence.text, language, header)
        sentences.append(replace(sentence, conversions=told))
    return replace(answer, text=written(sentences), sentences=tuple(sentences))
