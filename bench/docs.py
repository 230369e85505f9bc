"""`python bench/docs.py`: writes what of docs/ is made from the code: the map of files, and every command with its flags."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
ARCHITECTURE, COMMANDS = ROOT / "docs" / "architecture.md", ROOT / "docs" / "cli.md"
PACKAGES = ("rag", "index", "models", "ui", "yinju")
BEGIN, END = "<!-- files -->", "<!-- /files -->"

CLI = """# The command line

Written by `python bench/docs.py` from the commands' own help. The command is `.venv/bin/yinju` after `make demo`.

Answers go to standard output, everything else to standard error. Exit codes: 0 done, 1 could not, 2 wrong usage.
"""


def first_line(path: Path) -> str:
    """The first line of a module's docstring."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0]


def file_map(root: Path = ROOT) -> str:
    """The block as it must stand in docs/architecture.md, markers included."""
    paths = [path for package in PACKAGES for path in sorted((root / package).rglob("*.py"))]
    names = [path.relative_to(root).as_posix() for path in paths]
    width = max(map(len, names))
    lines = [f"{name:{width}}  {first_line(path)}" for name, path in zip(names, paths, strict=True)]
    return "\n".join([BEGIN, "```", *lines, "```", END])


def with_map(page: str, block: str) -> str:
    """The page with its block replaced. Raises ValueError when it has no markers."""
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    if not pattern.search(page):
        raise ValueError(f"the page has no {BEGIN} ... {END} to write the map between")
    return pattern.sub(lambda _: block, page, count=1)


def leaves(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each command that does something, by its words: ("articles", "list")."""
    if not hasattr(command, "commands"):
        yield words, command
        return
    for name, child in command.commands.items():
        yield from leaves(child, (*words, name))


def command_page() -> str:
    """docs/cli.md as it must be."""
    import typer.main

    from ui.cli import app

    return CLI + "".join(_command(words, command) for words, command in leaves(typer.main.get_command(app)))


def _command(words: tuple[str, ...], command: Any) -> str:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option"]
    usage = " ".join(["yinju", *words, *(_metavar(p) for p in arguments), *(["[OPTIONS]"] if options else [])])
    rows = [(_metavar(p), p.help) for p in arguments] + [(_flags(p), p.help) for p in options]
    table = "".join(f"| `{_cell(name)}` | {_cell(said)} |\n" for name, said in rows)
    head = "\n| | |\n|---|---|\n" if rows else ""
    return f"\n## yinju {' '.join(words)}\n\n{_cell(command.help)}\n\n```\n{usage}\n```\n{head}{table}"


def _metavar(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _flags(option: Any) -> str:
    value = "" if option.is_flag else " " + (option.metavar or _kind(option.type_descriptor.annotation))
    return ", ".join(f"{name}{value}" for name in (*option.opts, *option.secondary_opts))


def _kind(annotation: type) -> str:
    """What stands for a value that has no name of its own: its choices, or N for a number."""
    if issubclass(annotation, Enum):
        return "|".join(str(choice.value) for choice in annotation)
    return {int: "N", float: "X"}.get(annotation, annotation.__name__.upper())


def _cell(text: str) -> str:
    """Help on one line, as a cell of a table takes it."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def main() -> None:
    page = ARCHITECTURE.read_text(encoding="utf-8")
    ARCHITECTURE.write_text(with_map(page, file_map()), encoding="utf-8")
    COMMANDS.write_text(command_page(), encoding="utf-8")
    print(f"{ARCHITECTURE.name}: map of files written; {COMMANDS.name}: every command written")


if __name__ == "__main__":
    main()
