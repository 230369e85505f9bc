"""The source beside the answer: the whole article, the cited sentence marked, and what else was found."""

from __future__ import annotations

from collections.abc import Sequence

from index.store import LibraryError
from index.types import Article, Hit
from rag.types import Answer, Citation
from ui.web import behind, markup
from ui.web.markup import Mark, button, line
from ui.web.session import Data, Desk, Place, Regions, Session, number_of, text_of
from ui.web.words import Words

MAX_SHOWN = 200_000
"""Characters of an article that are shown around what is cited: a browser lays out a line of a megabyte, but slowly."""
SNIPPET = 110


def first_place(session: Session) -> Place:
    """The first citation of the last answer, or where it was refused the best passage."""
    turn = session.turn(0)
    if turn is None or turn.answer is None:
        return Place()
    number = len(session.turns)
    if turn.answer.citations:
        return Place("citation", number, turn.answer.citations[0].number)
    return Place("hit", number, 1) if turn.answer.hits else Place()


def show(desk: Desk, session: Session, data: Data) -> Regions:
    """Open a citation (``n``), a hit (``hit``) or an article by its id beside the conversation."""
    number = number_of(data, "turn") or len(session.turns)
    if article := text_of(data, "article"):
        session.place = Place("article", article=article)
    elif hit := number_of(data, "hit"):
        session.place = Place("hit", number, hit)
    else:
        session.place = Place("citation", number, number_of(data, "n") or 1)
    return {"reader": reader(desk, session)}


def explain(desk: Desk, session: Session, data: Data) -> Regions:
    """Open what is behind an answer."""
    session.place = Place("why", number_of(data, "turn") or len(session.turns))
    return {"reader": reader(desk, session)}


def reader(desk: Desk, session: Session) -> str:
    """What stands beside the conversation now."""
    place, words = session.place, session.words
    turn = session.turn(place.turn) if place.turn else None
    if place.kind == "article":
        return _of_library(desk, place.article, words)
    if turn is None or turn.answer is None:
        return _pane(f'<p class="yj-hint">{words["reader_hint"]}</p>', "", words, empty=True)
    if place.kind == "why":
        return _pane(behind.behind(turn.answer, place.turn, words), _tabs(turn.answer, place, words), words)
    if place.kind == "hit":
        return _of_hit(turn.answer, place, words)
    return _of_citation(turn.answer, place, words)


def _pane(inside: str, top: str, words: Words, *, empty: bool = False) -> str:
    close = button("close", words["close"], drawn="close", named=False)
    kind = " yj-empty" if empty else ""
    return (
        f'<section class="yj-pane{kind}" aria-label="{words["source"]}"><div class="yj-top">{top}{close}</div>'
        f'<div class="yj-scroll" tabindex="0" role="region" aria-label="{words["source"]}">{inside}</div></section>'
    )


def _tabs(answer: Answer, place: Place, words: Words, steps: str = "") -> str:
    """The two things that can stand here for an answer: its sources, and what is behind it."""
    first = answer.citations[0].number if answer.citations else 0
    to_source = {"n": first} if first else {"hit": 1}
    source = _tab("open", words["source"], place.kind != "why", turn=place.turn, **to_source)
    why = _tab("why", words["why"], place.kind == "why", turn=place.turn)
    return f'<div class="yj-tabs">{source if first or answer.hits else ""}{why}</div>{steps}'


def _tab(do: str, label: str, here: bool, **data: int) -> str:
    told = "".join(f' data-{name}="{value}"' for name, value in data.items())
    pressed = "true" if here else "false"
    return f'<button type="button" class="yj-tab" data-do="{do}" aria-pressed="{pressed}"{told}>{label}</button>'


def _of_citation(answer: Answer, place: Place, words: Words) -> str:
    numbers = list(dict.fromkeys(citation.number for citation in answer.citations))
    here = [citation for citation in answer.citations if citation.number == place.n]
    if not here:
        return _pane(f'<p class="yj-hint">{words["reader_hint"]}</p>', _tabs(answer, place, words), words, empty=True)
    article = here[0].article
    marks = [_mark(c, here=c.number == place.n) for c in answer.citations if c.article.id == article.id]
    at = numbers.index(place.n)
    steps = _steps(words["citation"].format(at + 1, len(numbers)), "n", numbers, at, place.turn, words)
    inside = _article(article, marks, words) + _also(answer, article, place, words)
    return _pane(inside, _tabs(answer, place, words, steps), words)


def _mark(citation: Citation, *, here: bool) -> Mark:
    return Mark(citation.start, citation.end, citation.number, here)


def _of_hit(answer: Answer, place: Place, words: Words) -> str:
    hits = answer.hits
    if not 1 <= place.n <= len(hits):
        return _pane(f'<p class="yj-hint">{words["reader_hint"]}</p>', _tabs(answer, place, words), words, empty=True)
    hit = hits[place.n - 1]
    marks = [Mark(c.start, c.end, c.number) for c in answer.citations if c.article.id == hit.article.id]
    marks.append(Mark(hit.passage.start, hit.passage.end))
    steps = _steps(
        words["found"].format(place.n, len(hits)), "hit", range(1, len(hits) + 1), place.n - 1, place.turn, words
    )
    inside = _article(hit.article, marks, words) + _also(answer, hit.article, place, words)
    return _pane(inside, _tabs(answer, place, words, steps), words)


def _of_library(desk: Desk, article_id: str, words: Words) -> str:
    try:
        article = desk.assistant.library.article(article_id)
    except LibraryError:
        return _pane(f'<p class="yj-hint">{words["gone"]}</p>', "", words, empty=True)
    return _pane(_article(article, [], words), "", words)


def _steps(label: str, field: str, numbers: Sequence[int], at: int, turn: int, words: Words) -> str:
    """Back and forth through the citations or hits."""
    back = _step(words["previous"], "left", field, numbers[at - 1] if at > 0 else 0, turn)
    on = _step(words["next"], "right", field, numbers[at + 1] if at + 1 < len(numbers) else 0, turn)
    return f'<div class="yj-steps"><span>{line(label)}</span>{back}{on}</div>'


def _step(label: str, drawn: str, field: str, to: int, turn: int) -> str:
    made = button("open", label, drawn=drawn, named=False, turn=str(turn), **{field: str(to)})
    return made if to else made.replace("<button ", "<button disabled ", 1)


def _article(article: Article, marks: Sequence[Mark], words: Words) -> str:
    start, end = _window(len(article.text), marks)
    shifted = [
        Mark(max(m.start, start) - start, min(m.end, end) - start, m.number, m.here)
        for m in marks
        if m.start < end and start < m.end
    ]
    title = markup.name_of(article, words)
    page = article.page(next((m.start for m in marks if m.here), marks[-1].start)) if marks else 0
    before = f'<p class="yj-cut">{words["cut"].format(f"{start:,}")}</p>' if start else ""
    rest = len(article.text) - end
    after = f'<p class="yj-cut">{words["cut"].format(f"{rest:,}")}</p>' if rest else ""
    language = {"zh": "zh-CN", "en": "en"}.get(article.language, "")
    return (
        f'<article class="yj-article" lang="{language}"><header><h2>{line(title)}</h2>'
        f'<p class="yj-byline">{markup.byline(article, words, page=page)}</p>{_copies(article, words)}</header>'
        f'<div class="yj-body">{before}{markup.body(article.text[start:end], shifted, title)}{after}</div></article>'
    )


def _copies(article: Article, words: Words) -> str:
    """Where else the same article stands."""
    places = [one.source or markup.file_name(one) for one in article.also_in]
    told = words["also_in"].format(", ".join(dict.fromkeys(filter(None, places))))
    return f'<p class="yj-byline">{line(told)}</p>' if places else ""


def _window(length: int, marks: Sequence[Mark]) -> tuple[int, int]:
    """The whole article, or as much of it as is shown around what the reader came for."""
    if length <= MAX_SHOWN:
        return 0, length
    wanted = next((mark.start for mark in marks if mark.here or not mark.number), 0)
    start = min(max(0, wanted - MAX_SHOWN // 2), length - MAX_SHOWN)
    return start, start + MAX_SHOWN


def _also(answer: Answer, article: Article, place: Place, words: Words) -> str:
    """The other passages that were found, each of which can be opened."""
    cards = [
        _card(rank, hit, place, words)
        for rank, hit in enumerate(answer.hits, 1)
        if not (place.kind == "hit" and rank == place.n)
        and not (place.kind == "citation" and hit.article.id == article.id)
    ]
    return f'<section class="yj-also"><h3>{words["also"]}</h3><ol>{"".join(cards)}</ol></section>' if cards else ""


def _card(rank: int, hit: Hit, place: Place, words: Words) -> str:
    text = " ".join(hit.passage.text.replace("**", "").split())
    text = text if len(text) <= SNIPPET else text[:SNIPPET].rstrip() + "…"
    return (
        f'<li><button type="button" class="yj-card" data-do="open" data-turn="{place.turn}" data-hit="{rank}">'
        f"<strong>{line(markup.name_of(hit.article, words))}</strong>"
        f'<span class="yj-byline">{markup.byline(hit.article, words, linked=False, page=hit.article.page(hit.passage.start))}</span>'
        f'<span class="yj-snippet">{line(text)}</span></button></li>'
    )
