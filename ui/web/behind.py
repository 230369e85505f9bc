"""What is behind an answer: what a model was shown, what was found with the score of each leg, and how long it all took."""

from __future__ import annotations

from index.types import Hit
from rag.types import Answer
from ui.web import markup
from ui.web.markup import line
from ui.web.words import Words

LEGS = ("lexical", "dense", "translated", "phrase", "reranker")
STAGES = ("search", "quote", "first", "write")


def behind(answer: Answer, turn: int, words: Words) -> str:
    """The panel of one answer."""
    return (
        f'<div class="yj-behind"><h2>{words["why_long"]}</h2><p class="yj-byline">{line(answer.question)}</p>'
        f"<h3>{words['shown']}</h3>{_shown(answer, words)}"
        f"<h3>{words['hits']}</h3>{_hits(answer, turn, words)}<h3>{words['timings']}</h3>{_timings(answer, words)}</div>"
    )


def _shown(answer: Answer, words: Words) -> str:
    if not answer.shown:
        return f'<p class="yj-remark">{words["shown_none"]}</p>'
    return f'<ol class="yj-shown">{"".join(f"<li>{line(one)}</li>" for one in answer.shown)}</ol>'


def _hits(answer: Answer, turn: int, words: Words) -> str:
    legs = [leg for leg in LEGS if any(hit.legs.get(leg) for hit in answer.hits)]
    head = "".join(f'<th scope="col">{words[f"leg_{leg}"]}</th>' for leg in legs)
    rows = "".join(_row(rank, hit, legs, turn, words) for rank, hit in enumerate(answer.hits, 1))
    return (
        f'<div class="yj-table" tabindex="0"><table><tr><th scope="col">#</th><th scope="col">{words["article"]}</th>'
        f'<th scope="col">{words["score"]}</th>{head}</tr>{rows}</table></div>'
    )


def _row(rank: int, hit: Hit, legs: list[str], turn: int, words: Words) -> str:
    name = line(markup.name_of(hit.article, words))
    opened = (
        f'<button type="button" class="yj-link" data-do="open" data-turn="{turn}" data-hit="{rank}">{name}</button>'
    )
    scores = "".join(f"<td>{_score(hit.legs.get(leg, 0.0))}</td>" for leg in legs)
    return f"<tr><td>{rank}</td><td>{opened}</td><td>{_score(hit.score)}</td>{scores}</tr>"


def _score(value: float) -> str:
    share = min(max(value, 0.0), 1.0)
    return f'<span class="yj-score" style="--share:{share:.2f}">{value:.2f}</span>'


def _timings(answer: Answer, words: Words) -> str:
    told = "".join(
        f"<div><dt>{words[f'time_{stage}']}</dt><dd>{words['seconds'].format(f'{answer.timings[stage]:.2f}')}</dd></div>"
        for stage in STAGES
        if stage in answer.timings
    )
    return f'<dl class="yj-timings">{told}</dl>'
