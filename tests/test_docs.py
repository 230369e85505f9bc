"""The docs tell the truth: every command in them parses, every link leads somewhere, what is made from the code is the code's."""

from __future__ import annotations

import importlib.util
import itertools
import re
import shlex
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer.main

from rag.settings import Settings
from ui.cli import app

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "models" / "bundled").rglob("*.md")])
GROUP: Any = typer.main.get_command(app)


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command below this one by its words: ("articles", "list")."""
    for name, child in getattr(command, "commands", {}).items():
        yield (*path, name), child
        yield from commands(child, (*path, name))


COMMANDS = dict(commands(GROUP))
LEAVES = {path: command for path, command in COMMANDS.items() if not hasattr(command, "commands")}


def flags(command: Any) -> set[str]:
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def code_lines(page: Path) -> list[str]:
    """Lines of a page's code blocks, without prompts, continuations joined."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    text = "\n".join(blocks).replace("\\\n", " ")
    return [line.strip().removeprefix("$ ") for line in text.splitlines()]


def inline(page: Path) -> list[str]:
    """What stands between backticks in a line."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"`([^`\n]+)`", text)


def runs_of(program: str, lines: Iterable[str]) -> list[list[str]]:
    """What follows each call of a program, up to a comment, a pipe or a redirection."""
    runs = []
    for line in lines:
        for part in re.split(r"\s[|]\s|\s&&\s|;\s", line):
            called = re.match(rf"(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?{program}(?= \S|$)", part)
            if not called:
                continue
            lexer = shlex.shlex(part[called.end() :], posix=True, punctuation_chars="<>|&;")
            lexer.whitespace_split = True
            words = list(lexer)
            stop = next((i for i, word in enumerate(words) if set(word) <= set("<>|&;")), len(words))
            runs.append(words[:stop])
    return runs


def parse(words: list[str]) -> None:
    """Have the real parser take a command without running it. Raises what the command line raises for a wrong one."""
    if set(words) & {"--help", "--version"} or not words:
        return
    command, context, left = GROUP, None, words
    while hasattr(command, "commands"):
        context = command.make_context(command.name or "yinju", left, parent=context)
        _, command, left = command.resolve_command(context, [*context._protected_args, *context.args])
    command.make_context(command.name, left, parent=context)


PRESENT = [page for page in PAGES if page.name != "CHANGELOG.md"]
"""The pages that tell of the commands of today alone."""


@pytest.mark.parametrize("page", [page for page in PRESENT if page.name != "cli.md"], ids=named)
def test_each_command_in_a_code_block_parses(page: Path) -> None:
    """But not those of docs/cli.md, which writes what stands for values."""
    for words in runs_of("yinju", code_lines(page)):
        try:
            parse(words)
        except Exception as error:  # noqa: BLE001 - whatever the parser says of it
            pytest.fail(f"{named(page)} runs `yinju {' '.join(words)}`: {error}")


def test_a_wrong_command_does_not_parse() -> None:
    for wrong in (["aks", "x"], ["ask"], ["ask", "x", "--jsn"], ["search", "x", "-k", "many"], ["articles", "lst"]):
        with pytest.raises(Exception, match=r"."):
            parse(wrong)
    parse(["search", "x", "-k", "3", "--json"])


@pytest.mark.parametrize("page", PRESENT, ids=named)
def test_each_command_in_a_line_exists(page: Path) -> None:
    for words in runs_of("yinju", inline(page)):
        names = tuple(itertools.takewhile(lambda word: re.fullmatch(r"[a-z]+", word), words))
        command = next((names[:n] for n in (2, 1) if names[:n] in COMMANDS), ())
        known = flags(GROUP) | {"--help", "-h", "--version"} | (flags(COMMANDS[command]) if command else set())
        used = {word.partition("=")[0].strip("[]") for word in words if re.match(r"\[?--?[a-z]", word)}
        assert command or not names, f"{named(page)} tells of `yinju {' '.join(words)}`"
        assert used <= known, f"{named(page)} gives `yinju {' '.join(command)}` the unknown {used - known}"


def test_the_command_page_and_the_map_are_the_codes() -> None:
    script = _load(ROOT / "bench" / "docs.py")
    assert (ROOT / "docs" / "cli.md").read_text(encoding="utf-8") == script.command_page(), "run: python bench/docs.py"
    assert script.file_map() in (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"), (
        "run: python bench/docs.py"
    )
    assert {words for words, _ in script.leaves(GROUP)} == LEAVES.keys()


def test_the_map_replaces_only_what_stands_between_its_marks() -> None:
    script = _load(ROOT / "bench" / "docs.py")
    old = "before <!-- files -->\nold \\1\n<!-- /files --> after"
    assert script.with_map(old, "<!-- files -->\nnew \\1\n<!-- /files -->") == (
        "before <!-- files -->\nnew \\1\n<!-- /files --> after"
    )
    with pytest.raises(ValueError, match="no <!-- files -->"):
        script.with_map("no marks", "block")


def test_readme_fits_and_leads_to_every_page() -> None:
    text = README.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 150
    for page in (ROOT / "docs").glob("*.md"):
        assert f"(docs/{page.name})" in text, f"README does not lead to {page.name}"
    architecture = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs" / "decisions").glob("*.md"):
        assert f"(decisions/{page.name})" in architecture, f"docs/architecture.md does not lead to {page.name}"


def test_a_cell_of_the_figures_holds_one_number() -> None:
    text = (ROOT / "docs" / "figures.md").read_text(encoding="utf-8")
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    figures = [cell for row in rows for cell in row[1:] if "`" not in cell and re.search(r"^\W*\.?\d", cell)]
    assert len(figures) > 200
    assert not [cell for cell in figures if len(re.findall(r"\d[\d,.]*", cell)) > 1]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as forges make them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_link_is_broken(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\((?!https?:|mailto:)([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{named(page)} links to {target}"
        assert not anchor or anchor in anchors(file), f"{named(page)} links to {target}, which has no such heading"


@pytest.mark.parametrize("page", PRESENT, ids=named)
def test_each_script_and_extra_is_there(page: Path) -> None:
    """`python bench/x.py --flag`, `python -m x.y`, `make x` and `pip install -e ".[extra]"`."""
    lines = [*code_lines(page), *inline(page)]
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for words in runs_of("make", lines):
        assert {word for word in words if "=" not in word} <= targets, f"{named(page)} runs `make {' '.join(words)}`"
    for words in runs_of("python", lines):
        path = ROOT / (words[1].replace(".", "/") if words[0] == "-m" else words[0])
        script = next((file for file in (path, path.with_suffix(".py"), path / "__main__.py") if file.is_file()), None)
        if words[:2] == ["-m", "pytest"]:
            continue
        assert script, f"{named(page)} runs `python {' '.join(words)}`"
        source = script.read_text(encoding="utf-8")
        for flag in (word for word in words if word.startswith("--")):
            assert f'"{flag}"' in source, f"{named(page)} gives {script.name} the unknown {flag}"
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    named_extras = re.findall(r"""["']\.\[([\w,-]+)\]["']""", page.read_text(encoding="utf-8"))
    assert {extra for each in named_extras for extra in each.split(",")} <= extras.keys(), named(page)


def test_every_command_and_flag_has_its_help() -> None:
    for path, command in LEAVES.items():
        assert command.help, path
        for parameter in command.params:
            assert parameter.help, f"{' '.join(path)} {parameter.name}"


def test_a_default_that_help_tells_is_the_default() -> None:
    made = Settings(Path("home"))
    defaults = {"passages": made.passages, "engine": made.engine, "library": made.library}
    told: set[str] = set()
    for command in LEAVES.values():
        for parameter in command.params:
            shown = re.search(r"\[default: (.+)\]", parameter.help)
            if shown and parameter.name in defaults:
                told.add(parameter.name)
                assert shown[1] == str(defaults[parameter.name]), f"{command.name} {parameter.name}"
    assert told == defaults.keys()


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
