"""The stable JSON shapes of an answer, of hits and of an article: what every face and every program gets, texts verbatim."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from index.types import Article, Hit
from rag.types import Answer, Citation, Sentence
from rag.whole.types import Overview, Row


def answer_json(answer: Answer) -> dict[str, Any]:
    """The stable shape of ``yinju ask --json``; every text verbatim."""
    return {
        "question": answer.question,
        "understood": answer.understood,
        "answer": answer.text,
        "refused": answer.refused,
        "engine": answer.engine,
        "sentences": [_sentence_json(sentence) for sentence in answer.sentences],
        "citations": [_citation_json(citation) for citation in answer.citations],
        "invented": list(answer.invented),
        "timings": dict(answer.timings),
        **({"kind": answer.kind, "other": answer.other} if answer.kind else {}),
    }


def overview_json(overview: Overview) -> dict[str, Any]:
    """The stable shape of ``yinju list --json`` and its like; every text verbatim."""
    request = overview.request
    return {
        "kind": request.kind,
        "subject": request.subject,
        "literal": request.literal,
        "understood": overview.understood,
        "other": overview.other,
        "total": overview.total,
        "columns": list(overview.columns),
        "rows": [_row_json(number, row) for number, row in enumerate(overview.rows, 1)],
    }


def _row_json(number: int, row: Row) -> dict[str, Any]:
    return {
        "n": number,
        "label": row.label,
        "column": row.column,
        "near": row.near,
        "quote": row.quote,
        "start": row.start,
        "end": row.end,
        "marks": [list(span) for span in row.marks],
        **_page_json(row.article, row.start),
        **({"also_in": [article_json(copy) for copy in row.also]} if row.also else {}),
        "article": article_json(row.article),
    }


def _sentence_json(sentence: Sentence) -> dict[str, Any]:
    converted = {"conversions": list(sentence.conversions)} if sentence.conversions else {}
    return {
        "text": sentence.text,
        "citations": list(sentence.citations),
        "span": list(sentence.span) if sentence.span else None,
        "supported": sentence.supported,
        "problems": list(sentence.problems),
        **converted,
    }


def _citation_json(citation: Citation) -> dict[str, Any]:
    return {
        "n": citation.number,
        "quote": citation.quote,
        "start": citation.start,
        "end": citation.end,
        "passage": citation.passage.text,
        **_page_json(citation.article, citation.start),
        **_also_json(citation.article),
        "article": article_json(citation.article),
    }


def hits_json(question: str, hits: Sequence[Hit]) -> dict[str, Any]:
    """The stable shape of ``yinju search --json``; every text verbatim."""
    return {
        "question": question,
        "hits": [
            {
                "rank": rank,
                "score": hit.score,
                "text": hit.passage.text,
                "start": hit.passage.start,
                "end": hit.passage.end,
                **_page_json(hit.article, hit.passage.start),
                **_also_json(hit.article),
                "article": article_json(hit.article),
            }
            for rank, hit in enumerate(hits, start=1)
        ],
    }


def _page_json(article: Article, start: int) -> dict[str, int]:
    """The page on which something begins, where it is known."""
    page = article.page(start)
    return {"page": page} if page else {}


def _also_json(article: Article) -> dict[str, list[dict[str, str]]]:
    """The articles that say the same, where there are any."""
    return {"also_in": [article_json(copy) for copy in article.also_in]} if article.also_in else {}


def article_json(article: Article) -> dict[str, str]:
    """An article as every JSON shape holds it: without its text."""
    told = {
        "id": article.id,
        "title": article.title,
        "date": article.date,
        "source": article.source,
        "path": article.place,
        "url": article.url,
    }
    return told | ({"issue": article.issue} if article.issue else {})
