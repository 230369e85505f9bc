"""The command line: yinju index, ask, search, articles, models, eval, export, import, doctor, ui, mcp.

The answer goes to standard output, everything else to standard error. Exit codes: 0 done, 1 could not, 2 usage.
Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import errno
import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from ui import render

if TYPE_CHECKING:
    from index.filters import Filters
    from index.library import Library
    from index.types import Article
    from rag.assistant import Assistant
    from rag.evaluation import Plan, Run
    from rag.ingest import Report
    from rag.settings import Settings

REMOVED = 20
"""Removed files that are named; of more the rest is counted."""

STOPPED = "stopped; what was committed is searchable"
CURES = {
    errno.ENOSPC: "free some space and run the command again: what was committed is kept",
    errno.EFBIG: "free some space and run the command again: what was committed is kept",
    errno.ENOENT: "check the path, and that --home names a folder that can be made",
    errno.EROFS: "choose a folder you may write to with --home FOLDER",
    errno.EACCES: "choose a folder you may use, for Yinju's own state with --home FOLDER",
    errno.EPERM: "choose a folder you may use, for Yinju's own state with --home FOLDER",
    errno.ENOTDIR: "a file stands where a folder is needed: choose another folder with --home FOLDER",
    errno.EEXIST: "a file stands where a folder is needed: choose another folder with --home FOLDER",
}


class Half(StrEnum):
    """Which half of the questions."""

    first = "first"
    second = "second"


class HubName(StrEnum):
    """Where models are fetched from."""

    huggingface = "huggingface"
    modelscope = "modelscope"
    mirror = "hf-mirror"


class Tongue(StrEnum):
    """The language of an article."""

    chinese = "zh"
    english = "en"


class Engine(StrEnum):
    """How an answer is made."""

    quote = "quote"
    write = "write"
    auto = "auto"


@dataclass(frozen=True, slots=True)
class Place:
    """Where state lies, as given before the command."""

    home: Path | None = None
    library: str | None = None


class Commands(TyperGroup):
    """The one place where what a person can cure becomes a message and exit code 1; a bug keeps its traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            _fail("stopped")
        except BrokenPipeError:
            # The reader of our output has gone (`yinju ... | head`). What Python still flushes at exit goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(1) from None
        except OSError as error:
            _fail(_system_message(error))
        except (ValueError, LookupError) as error:
            if not isinstance(error, _expected()):
                raise
            _fail(str(error))


app = typer.Typer(
    name="yinju",
    cls=Commands,
    help="Answers questions about your own articles and shows the passage behind every sentence. Offline.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
article_commands = typer.Typer(help="What the library holds.", no_args_is_help=True, rich_markup_mode=None)
model_commands = typer.Typer(help="The models that are installed.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(article_commands, name="articles")
app.add_typer(model_commands, name="models")

Home = Annotated[Path | None, typer.Option("--home", metavar="FOLDER", help="Where all state lies, or $YINJU_HOME.")]
LibraryName = Annotated[str | None, typer.Option("--library", metavar="NAME", help="The library.  [default: default]")]
Question = Annotated[str, typer.Argument(metavar="QUESTION", help="The question; - reads one a line, answers in JSON.")]
Drawn = Annotated[int | None, typer.Option("-k", min=1, max=50, help="Passages an answer may draw on.  [default: 6]")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Since = Annotated[str, typer.Option("--since", metavar="DATE", help="Only articles from then on: YYYY[-MM[-DD]].")]
Until = Annotated[str, typer.Option("--until", metavar="DATE", help="Only articles up to then: YYYY[-MM[-DD]].")]
Source = Annotated[str, typer.Option("--source", metavar="NAME", help="Only articles of this source, e.g. 新华社.")]
When = Annotated[str, typer.Option("--date", metavar="RANGE", help="Only articles of then: DATE, or DATE..DATE.")]
Language = Annotated[
    Tongue | None, typer.Option("--language", help="Only articles in Chinese (zh) or English (en).", show_choices=False)
]
OfPath = Annotated[
    str, typer.Option("--path", metavar="PATH", help="Only articles of this file, folder or pattern, e.g. 2025-*.txt.")
]
Writer = Annotated[
    str | None,
    typer.Option("--model", metavar="NAME", help="Who writes: a name, or FILE.gguf.  [default: installed]"),
]
Reranker = Annotated[
    str | None, typer.Option("--reranker", metavar="NAME", help="A reranker, by name or folder.  [default: none]")
]


def main() -> None:
    """What the console script calls."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Chinese on any console; what no encoding can carry becomes \\udcXX, which is also how JSON spells it.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    app()


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"yinju {version('yinju')}")
        raise typer.Exit


# --- commands ---------------------------------------------------------------------------------------------------------


@app.callback()
def state(
    context: typer.Context,
    home: Home = None,
    library: LibraryName = None,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    context.obj = Place(home, library)


@app.command()
def index(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PATH]...", help="Files and folders of articles.  [default: the folders indexed before]"
        ),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Go on, and follow what changes, until Ctrl-C.")] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Remove what is gone even where most of a folder is.")] = False,
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """Read articles into the library; what has not changed is skipped, what is gone from a folder is removed."""
    settings = _settings(context, home, library)
    try:
        if watch:
            _watch(paths or [], settings, prune=prune)
            return
        from rag.ingest import ingest
        from ui.progress import bars

        with bars() as progress:
            report = ingest(paths or [], settings, prune=prune, progress=progress, notice=_say)
    except KeyboardInterrupt:
        _fail(STOPPED)
    _say_indexed(report)
    if report.failed or report.missing:
        raise typer.Exit(1)


def _watch(paths: list[Path], settings: Settings, *, prune: bool) -> None:
    """Until it is interrupted, which is how it ends; every run is told, and an error of none but the first ends it."""
    from rag.watching import watch

    try:
        for told in watch(paths, settings, prune=prune, notice=_say):
            if isinstance(told, Exception):
                _say(str(told))
            else:
                _say_indexed(told)
    except KeyboardInterrupt:
        _say(STOPPED)


def _assistant(settings: Settings) -> Assistant:
    """The assistant over a library that holds something; an empty one is a mistake to be told, not a refusal."""
    from index.library import LibraryError
    from rag.assistant import Assistant

    assistant = Assistant(settings)
    if not assistant.library.counts()["articles"]:
        assistant.close()
        raise LibraryError(f"The library {assistant.library.path} is empty: fill it with yinju index FOLDER")
    return assistant


@app.command()
def ask(
    context: typer.Context,
    question: Question,
    as_json: AsJson = False,
    engine: Annotated[Engine | None, typer.Option("--engine", help="How to answer.  [default: auto]")] = None,
    model: Writer = None,
    strict: Annotated[
        bool | None, typer.Option("--strict", help="Leave out what the articles do not support, instead of quoting.")
    ] = None,
    since: Since = "",
    until: Until = "",
    source: Source = "",
    when: When = "",
    language: Language = None,
    path: OfPath = "",
    passages: Drawn = None,
    reranker: Reranker = None,
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """Answer a question from the articles, every sentence with its source."""
    filters = _filters(since, until, source, when, language, path)
    made = {"engine": engine and engine.value, "model": model, "strict": strict}
    settings = _settings(context, home, library, passages=passages, reranker=reranker, **made)
    with _assistant(settings) as assistant:
        for asked in _questions(question):
            answer = assistant.ask(asked, filters).answer
            if answer.left_out:
                _say(
                    "no room in the model's context for "
                    + ", ".join(f"{n} of {of}" for of, n in answer.left_out.items())
                )
            if as_json or question == "-":
                _print_json(render.answer_json(answer))
            else:
                _print(render.terminal(answer))


@app.command()
def search(
    context: typer.Context,
    question: Question,
    as_json: AsJson = False,
    since: Since = "",
    until: Until = "",
    source: Source = "",
    when: When = "",
    language: Language = None,
    path: OfPath = "",
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages.", show_default=True)] = 10,
    reranker: Reranker = None,
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """List the passages nearest to a question, best first."""
    filters = _filters(since, until, source, when, language, path)
    settings = _settings(context, home, library, reranker=reranker)
    with _assistant(settings) as assistant:
        for asked in _questions(question):
            hits = assistant.search(asked, k, filters)
            if as_json or question == "-":
                _print_json(render.hits_json(asked, hits))
            else:
                _print(render.hits_terminal(asked, hits))


@article_commands.command("list")
def list_articles(
    context: typer.Context,
    as_json: AsJson = False,
    since: Since = "",
    until: Until = "",
    source: Source = "",
    when: When = "",
    language: Language = None,
    path: OfPath = "",
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """List the articles: id, date, title, source."""
    filters = _filters(since, until, source, when, language, path)
    with _library(context, home, library) as opened:
        found = opened.articles(filters)
    if as_json:
        _print_json({"articles": [_article_json(article) for article in found]})
        return
    for article in found:
        told = f"(as {article.copy_of})" if article.copy_of else ""
        parts = (article.id, article.date or "-", *map(_one_line, (article.title, article.source)), told)
        _print("  ".join(parts).rstrip())


@article_commands.command("show")
def show_article(
    context: typer.Context,
    article_id: Annotated[str, typer.Argument(metavar="ID", help="As `yinju articles list` shows it.")],
    as_json: AsJson = False,
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """Print one article as it is stored."""
    with _library(context, home, library) as opened:
        article = opened.article(article_id)
    if as_json:
        _print_json(_article_json(article) | {"text": article.text})
        return
    origin = (article.title, article.date, article.source, article.url, article.place)
    also = [f"also in: {copy.place} ({copy.id})" for copy in article.also_in]
    _print("\n".join(_one_line(part) for part in (*origin, *also) if part))
    _print("\n" + render.visible(article.text))


@article_commands.command("remove")
def remove_articles(
    context: typer.Context,
    article_ids: Annotated[list[str], typer.Argument(metavar="ID...", help="As `yinju articles list` shows them.")],
    as_json: AsJson = False,
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """Take articles out of the library; the files they came from stay."""
    from rag.ingest import remove

    removed = remove(article_ids, _settings(context, home, library))
    if as_json:
        _print_json({"removed": removed})
    else:
        _say(f"removed {_count(removed, 'article')}")


@model_commands.command("list")
def list_models(context: typer.Context, as_json: AsJson = False, home: Home = None) -> None:
    """List the models there are: the bundled one, those of the catalogue, and those in use."""
    from ui.models import advice, rows

    settings = _settings(context, home, None)
    found = rows(settings)
    if as_json:
        _print_json({"models": [row.json() for row in found]})
        return
    for row in found:
        _print(render.visible(row.text()))
    _say(advice(settings))


ModelName = Annotated[str, typer.Argument(metavar="NAME", help="As `yinju models list` shows it.")]
ModelNames = Annotated[list[str], typer.Argument(metavar="NAME...", help="As `yinju models list` shows them.")]
AnyModelNames = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME]...", help="Only these.  [default: all that are here]")
]
FromHub = Annotated[HubName, typer.Option("--from", help="The hub to ask.", show_default=True)]


@model_commands.command("pull")
def pull_model(
    context: typer.Context,
    name: ModelName,
    source: FromHub = HubName.huggingface,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Fetch a model of the catalogue: the only command that uses the network. What was cut is gone on with."""
    from ui.models import pull
    from ui.progress import bars

    with bars() as report:
        folder = pull(_settings(context, home, None), name, source.value, report)
    _say_model(folder, "is here and whole", as_json=as_json)


@model_commands.command("add")
def add_model(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A GGUF file.")],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Its name.  [default: the file's]")] = "",
    link: Annotated[bool, typer.Option("--link", help="Leave the file where it is, and point to it.")] = False,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Take in a GGUF file that you have, copied, and note its SHA-256."""
    from ui.models import add

    folder = add(_settings(context, home, None), file, name, link=link)
    _say_model(folder, "was added", as_json=as_json)


@model_commands.command("remove")
def remove_models(context: typer.Context, names: ModelNames, as_json: AsJson = False, home: Home = None) -> None:
    """Take models out, and what a pull that was cut has left of them."""
    from ui.models import remove

    for folder in remove(_settings(context, home, None), names):
        _say_model(folder, "was removed", as_json=as_json)


@model_commands.command("verify")
def verify_models(
    context: typer.Context, names: AnyModelNames = None, as_json: AsJson = False, home: Home = None
) -> None:
    """Read through the models that are here or in use, and check that every byte is right."""
    from ui.models import verify

    found = list(verify(_settings(context, home, None), names or ()))
    if as_json:
        _print_json({"models": [verdict.json() for verdict in found]})
    for verdict in found:
        if verdict.problem:
            _say(verdict.problem)
        elif not as_json:
            _print(f"{_one_line(verdict.row.name)}  whole  revision {verdict.revision}")
    if any(verdict.problem for verdict in found):
        raise typer.Exit(1)


QuestionFiles = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="SQuAD-style JSON, or a question list: .jsonl.")
]
WithAnswers = Annotated[bool, typer.Option("--answers", help="Also answer them, and judge answers and refusals.")]
PassagesFrom = Annotated[
    Path | None, typer.Option("--passages", metavar="FILE", help="Take contexts and gold answers from this file.")
]
AskedOf = Annotated[
    list[Path] | None,
    typer.Option("--articles", metavar="PATH", help="Ask a list of these articles, not of the library."),
]
Simplified = Annotated[bool, typer.Option("--simplified", help="Ask in simplified characters.")]
OneHalf = Annotated[Half | None, typer.Option("--half", help="Only the questions of this half of the articles.")]
Limit = Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="Only N questions, evenly spread.")]
Misses = Annotated[bool, typer.Option("--misses", help="List the questions that went wrong.")]
Plot = Annotated[Path | None, typer.Option("--plot", metavar="FILE", help="Draw recall by k: .png or .svg.")]


@app.command("eval")
def evaluate(
    context: typer.Context,
    files: QuestionFiles,
    answers: WithAnswers = False,
    passages: PassagesFrom = None,
    articles: AskedOf = None,
    simplified: Simplified = False,
    half: OneHalf = None,
    limit: Limit = None,
    misses: Misses = False,
    plot: Plot = None,
    as_json: AsJson = False,
    k: Drawn = None,
    reranker: Reranker = None,
    model: Writer = None,
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """Measure search and answers on questions whose answers are known.

    Contexts of SQuAD-style JSON become a library of their own; a list is asked of yours.
    """
    from rag.evaluation import Plan
    from ui import evaluation

    _check_sets(files, passages, articles or [])
    _check_plot(plot)
    plan = Plan(
        half=half.value if half else None,
        limit=limit,
        answers=answers,
        passages=passages,
        simplified=simplified,
        articles=tuple(articles or ()),
    )
    runs = _measured(files, _settings(context, home, library, passages=k, reranker=reranker, model=model), plan)
    if as_json:
        _print_json(evaluation.as_json(runs, with_misses=misses))
    else:
        _print(evaluation.text(runs, with_misses=misses))
    if plot:  # last: where it cannot be written, the figures are not lost
        evaluation.plot(runs, plot)


def _check_sets(files: list[Path], passages: Path | None, articles: list[Path]) -> None:
    lists = [file.suffix.lower() == ".jsonl" for file in files]
    if passages and len(files) > 1:
        raise typer.BadParameter("takes one FILE of questions at a time", param_hint="--passages")
    if passages and lists[0]:
        raise typer.BadParameter(f"{files[0]} is a list and brings no contexts", param_hint="--passages")
    if articles and not all(lists):
        raise typer.BadParameter(
            "is for question lists (.jsonl): SQuAD-style JSON brings its own", param_hint="--articles"
        )


def _check_plot(plot: Path | None) -> None:
    """Said before anything is measured, which may take a while."""
    from ui import evaluation

    if plot and plot.suffix.lower() not in evaluation.PLOTS:
        raise typer.BadParameter(f"{plot} must end in {' or '.join(evaluation.PLOTS)}", param_hint="--plot")
    if plot and not evaluation.can_plot():
        _fail(evaluation.NO_PLOT)


def _measured(files: list[Path], settings: Settings, plan: Plan) -> list[Run]:
    from rag.evaluation import evaluate
    from ui.progress import bars

    with bars() as progress:
        return [evaluate(file, settings, plan, progress or (lambda _: None)) for file in files]


@app.command()
def doctor(
    context: typer.Context,
    repair: Annotated[
        bool, typer.Option("--repair", help="Scan the library whole, and make what is damaged anew from its sources.")
    ] = False,
    as_json: AsJson = False,
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """Say what is installed, where state lies, and what to do next."""
    from ui.doctor import examine

    settings = _settings(context, home, library)
    if repair:
        from rag.repair import repair as mend

        if not mend(settings, _say):
            raise typer.Exit(1)
    examination = examine(settings)
    if as_json:
        _print_json(examination.json())
    else:
        _print(render.visible(examination.text()))
    if not examination.healthy:
        raise typer.Exit(1)


Replace = Annotated[bool, typer.Option("--force", help="Replace what is there.")]


@app.command("export")
def export_library(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write: a zip.")],
    force: Replace = False,
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """Write the library into one file, to keep or to take to another machine; it may be in use meanwhile."""
    from index.transfer import export

    with _library(context, home, library) as opened:
        export(opened, file, force=force)
    _say(f"exported to {file}, {file.stat().st_size:,} bytes")


@app.command("import")
def import_library(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="As `yinju export` wrote it.")],
    force: Replace = False,
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """Take in a library that was exported; nothing that is there is replaced without --force."""
    from index.transfer import import_library as take_in

    settings = _settings(context, home, library)
    counts = take_in(file, settings.library_folder, force=force)
    _say(f"{settings.library}: " + ", ".join(_count(number, name[:-1]) for name, number in counts.items()))


@app.command()
def ui(
    context: typer.Context,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Its port.", show_default=True)] = 7860,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Its address; one that others reach demands a password.")
    ] = "127.0.0.1",
    auth: Annotated[
        bool, typer.Option("--auth", help="Set a name and a password, asked for or read from stdin, and demand them.")
    ] = False,
    home: Home = None,
    library: LibraryName = None,
) -> None:
    """Open the page: chat, with the cited passage beside the answer."""
    from ui import auth as passwords
    from ui.web import serve

    settings = _settings(context, home, library)
    if auth:
        _say(f"{passwords.ask(settings.home)} may use the page with that password")
    passwords.require(settings.home, host)
    guarded = auth or not passwords.is_loopback(host)
    if guarded:
        _say(passwords.EXPOSED.format(host=f"{host}:{port}"))
    serve(settings, port=port, host=host, auth=guarded)


@app.command()
def mcp(context: typer.Context, home: Home = None, library: LibraryName = None) -> None:
    """Serve ask, search and the articles to an assistant that speaks the Model Context Protocol, on stdin and stdout."""
    from ui.mcp import serve

    settings = _settings(context, home, library)
    serve(lambda: _assistant(settings))


# --- what was asked for -----------------------------------------------------------------------------------------------


def _settings(context: typer.Context, home: Path | None, library: str | None, **flags: str | int | None) -> Settings:
    from rag.settings import load_settings

    place: Place = context.find_object(Place) or Place()
    return load_settings(home or place.home, library=place.library if library is None else library, **flags)


@contextmanager
def _library(context: typer.Context, home: Path | None, library: str | None) -> Iterator[Library]:
    from index.library import Library

    opened = Library.open(_settings(context, home, library).library_folder)
    try:
        yield opened
    finally:
        opened.close()


def _filters(since: str, until: str, source: str, when: str, language: Tongue | None, path: str) -> Filters:
    from index.filters import Filters, is_date

    if when and (since or until):
        raise typer.BadParameter("says what --since and --until say: give one or the other", param_hint="--date")
    if when:
        since, dots, until = when.partition("..")
        until = until if dots else since
    for name, value in (("--date" if when else "--since", since), ("--date" if when else "--until", until)):
        if value and not is_date(value):
            raise typer.BadParameter(f"{value!r} is no date: write YYYY, YYYY-MM or YYYY-MM-DD", param_hint=name)
    # Compared as far as both are precise: --since 2025-06 --until 2025 asks for the second half of 2025.
    if since and until and since[: len(until)] > until:
        raise typer.BadParameter(f"{since} comes after --until {until}", param_hint="--since")
    if path and Path(path).expanduser().exists():
        path = str(Path(path).expanduser().resolve())
    return Filters(since, until, source, language.value if language else "", path)


def _questions(question: str) -> Iterator[str]:
    """The question itself, or for "-" each line of standard input that is not empty."""
    if question != "-":
        asked = _readable(question).strip()
        if not asked:
            raise typer.BadParameter("the question is empty", param_hint="QUESTION")
        yield asked
        return
    for number, line in enumerate(sys.stdin.buffer):
        text = line.decode("utf-8", "replace")
        asked = (text.removeprefix("\ufeff") if number == 0 else text).strip()
        if asked:
            yield asked


def _readable(text: str) -> str:
    """An argument whose bytes were no UTF-8, with replacement characters where Python kept the bytes as surrogates."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


# --- what is said -----------------------------------------------------------------------------------------------------


def _print(text: str) -> None:
    """Part of the answer. Flushed at once: another program may wait for this line before it sends the next."""
    print(text, flush=True)


def _print_json(shape: dict[str, Any]) -> None:
    _print(json.dumps(shape, ensure_ascii=False))


def _say(message: str) -> None:
    for line in message.splitlines():
        print(f"yinju: {render.visible(line)}", file=sys.stderr, flush=True)


def _fail(message: str) -> NoReturn:
    _say(message)
    raise typer.Exit(1)


def _say_indexed(report: Report) -> None:
    for path, reason in report.failed:
        _say(reason if str(path) in reason else f"{path}: {reason}")
    for gone in report.removed[:REMOVED]:
        _say(f"removed, as it is gone: {gone}")
    if len(report.removed) > REMOVED:
        _say(f"and {len(report.removed) - REMOVED} more")
    for told in report.missing:
        _say(told)
    moved = f"{report.moved} moved, " if report.moved else ""
    removed = f"{len(report.removed)} removed, " if report.removed else ""
    copies = f" ({report.copies} also in another)" if report.copies else ""
    _say(
        f"files: {report.added} added, {report.updated} updated, {moved}{removed}{report.unchanged} unchanged, "
        f"{len(report.failed)} failed; {_count(report.articles, 'article')}{copies} and "
        f"{_count(report.passages, 'passage')} in {report.seconds:.1f} s"
    )


def _say_model(folder: Path, become: str, *, as_json: bool) -> None:
    if as_json:
        _print_json({"name": folder.name, "folder": str(folder), "state": become})
    else:
        _say(f"{folder.name} {become}: {folder}")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _one_line(text: str) -> str:
    return " ".join(render.visible(text).split())


def _article_json(article: Article) -> dict[str, Any]:
    shape = {key: getattr(article, key) for key in ("id", "title", "date", "source", "url", "path", "language")}
    return shape | {"path": article.place, "copy_of": article.copy_of, "also_in": [copy.id for copy in article.also_in]}


# --- errors -----------------------------------------------------------------------------------------------------------


def _expected() -> tuple[type[Exception], ...]:
    """The errors that tell the person what happened and what cures it."""
    from index.library import LibraryError
    from index.readers import ReadError
    from models import ModelError
    from rag.conversations import ConversationsError
    from rag.question_sets import QuestionSetError
    from rag.settings import SettingsError
    from ui.auth import AuthError

    return (LibraryError, ReadError, ModelError, ConversationsError, SettingsError, QuestionSetError, AuthError)


def _system_message(error: OSError) -> str:
    """What the system refused, of which file, and what to do."""
    happened = error.strerror or str(error)
    named = f"{happened}: {error.filename}" if error.filename else happened
    cure = CURES.get(error.errno or 0)
    return f"{named}; {cure}" if cure else named
