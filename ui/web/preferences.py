"""The settings panel: how the page looks, how answers are made, and which writers there are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from models import catalogue
from rag.settings import CAREFUL, ENGINES, Settings
from ui import auth
from ui.web import membership
from ui.web.markup import button, line, select
from ui.web.session import Data, Desk, Session, number_of, text_of
from ui.web.words import LANGUAGES, Words

THEMES = ("auto", "light", "dark")
MOST_PASSAGES = 20


def preferences(desk: Desk, session: Session) -> str:
    """The panel."""
    words = session.words
    back = button("view", words["back"], drawn="left", looks="yj-link", view="talk")
    return (
        f'<section class="yj-view yj-narrow" aria-label="{words["settings"]}"><header>{back}<h1>{words["settings"]}</h1></header>'
        f"{_look(session)}{membership.section(desk, session)}{_answers(desk, session)}{_writers(desk, words)}{_where(desk, words)}</section>"
    )


def _look(session: Session) -> str:
    words = session.words
    named = {"zh": "中文", "en": "English"}
    languages = [(language, named[language]) for language in LANGUAGES]
    themes = [(theme, words[f"theme_{theme}"]) for theme in THEMES]
    return (
        f"<h2>{words['look']}</h2>{_choice('language', words['page_language'], languages, session.language)}"
        f"{_choice('theme', words['theme'], themes, '')}"
    )


def _choice(name: str, label: str, options: list[tuple[str, str]], chosen: str) -> str:
    """A few buttons of which one is pressed; the theme's is known to the browser alone."""
    inside = "".join(
        f'<button type="button" data-do="{name}" data-value="{value}" aria-pressed="{str(value == chosen).lower()}">{says}</button>'
        for value, says in options
    )
    return f'<div class="yj-choice" role="group" aria-label="{label}"><span>{label}</span><div>{inside}</div></div>'


def _answers(desk: Desk, session: Session) -> str:
    words, chosen = session.words, session.settings or desk.assistant.settings
    writers = _installed(chosen)
    possible = bool(writers or chosen.model)
    engines = "".join(_engine(engine, chosen, words, possible=possible) for engine in ENGINES)
    cautions = "".join(
        _radio(
            "careful", value, (words[f"careful_{value}"], words[f"careful_{value}_more"]), here=value == chosen.careful
        )
        for value in CAREFUL
    )
    named = _named(chosen)
    names = [("", words["model_auto"]), *((name, name) for name in dict.fromkeys([*writers, named]) if name)]
    model = select("model", words["model"], names, named, do="prefer") if writers or named else ""
    counts = [(str(n), str(n)) for n in sorted({*range(2, MOST_PASSAGES + 1, 2), chosen.passages})]
    passages = select("passages", words["passages"], counts, str(chosen.passages), do="prefer")
    strict = (
        f'<label class="yj-check"><input type="checkbox" name="strict" data-do="prefer"{" checked" if chosen.strict else ""}>'
        f"<span><strong>{words['strict']}</strong> {words['strict_more']}</span></label>"
    )
    return (
        f"<h2>{words['answers']}</h2>{_radios(words['engine'], engines)}{model}{_radios(words['careful'], cautions)}"
        f"{passages}{strict}"
    )


def _engine(engine: str, chosen: Settings, words: Words, *, possible: bool) -> str:
    name = {"auto": "engine_auto", "quote": "quoting", "write": "engine_write"}[engine]
    says = words[name], words[f"engine_{engine}_more"]
    return _radio("engine", engine, says, here=engine == chosen.engine, off=engine == "write" and not possible)


def _radios(legend: str, inside: str) -> str:
    return f'<fieldset class="yj-radios"><legend>{legend}</legend>{inside}</fieldset>'


def _radio(name: str, value: str, says: tuple[str, str], *, here: bool, off: bool = False) -> str:
    """One of several choices; it says what it is called and what it means."""
    state = f"{' checked' if here else ''}{' disabled' if off else ''}"
    return (
        f'<label class="yj-check"><input type="radio" name="{name}" value="{value}" data-do="prefer"{state}>'
        f"<span><strong>{says[0]}</strong> {says[1]}</span></label>"
    )


def _installed(settings: Settings) -> list[str]:
    """Names of the writers in the folder of models."""
    return sorted({file.parent.name for file in settings.models_folder.glob("*/*.gguf") if file.is_file()})


def _named(settings: Settings) -> str:
    """The chosen writer by the name of its folder, if it lies among the models."""
    path = Path(settings.model)
    return path.name if settings.model and path.parent == settings.models_folder else settings.model


def _writers(desk: Desk, words: Words) -> str:
    from ui.models import memory, rows

    settings = desk.assistant.settings
    best = catalogue.recommended(memory())
    listed = ""
    for row in rows(settings):
        if row.kind != "writer" or row.entry is None:
            continue
        need = words["memory"].format(f"{row.entry.memory / 1e3:.1f}")
        good = f' <em class="yj-good">{words["recommended"]}</em>' if row.entry == best else ""
        command = "✓" if row.installed else f"<code>{line(row.entry.command)}</code>"
        listed += f"<tr><td>{line(row.name)}{good}</td><td>{need}</td><td>{command}</td></tr>"
    none = "" if _installed(settings) else f"<p>{words['no_writers']}</p>"
    return (
        f'<h2 id="yj-writers">{words["writers"]}</h2>{none}<p class="yj-remark">{words["get_writer"]}</p>'
        f'<div class="yj-table" tabindex="0"><table>{listed}</table></div>'
        f'<p class="yj-remark">{words["have_writer"]} <code>yinju models add FILE.gguf</code></p>'
    )


def _where(desk: Desk, words: Words) -> str:
    told = words["offline"] if not desk.host or auth.is_loopback(desk.host) else words["exposed"]
    return (
        f"<h2>{words['where']}</h2><p><code>{line(str(desk.assistant.settings.home))}</code></p>"
        f'<p class="yj-remark">{told}</p>'
    )


def prefer(desk: Desk, session: Session, data: Data) -> None:
    """Take a choice of how to answer, for this page alone. Raises ModelError when it cannot be."""
    chosen = session.settings or desk.assistant.settings
    name, value = text_of(data, "name", 20), text_of(data, "value", 300)
    if name == "engine" and value in ENGINES:
        chosen = replace(chosen, engine=value)
    elif name == "careful" and value in CAREFUL:
        chosen = replace(chosen, careful=value)
    elif name == "model" and value in _installed(chosen):
        chosen = replace(chosen, model=str(chosen.models_folder / value))
    elif name == "model" and value in ("", _named(desk.assistant.settings)):
        chosen = replace(chosen, model=desk.assistant.settings.model if value else "")
    elif name == "passages" and 1 <= number_of(data, "value") <= MOST_PASSAGES:
        chosen = replace(chosen, passages=number_of(data, "value"))
    elif name == "strict":
        chosen = replace(chosen, strict=data.get("value") is True)
    desk.assistant.answering(chosen)
    session.settings = chosen
