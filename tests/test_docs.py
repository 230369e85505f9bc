"""README tells the truth: its commands and flags exist, every command is told, its map of files is the code's."""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer.main

from rag.settings import Settings
from ui.cli import app

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command below this one by its words: ("articles", "list")."""
    for name, child in getattr(command, "commands", {}).items():
        yield (*path, name), child
        yield from commands(child, (*path, name))


COMMANDS = dict(commands(typer.main.get_command(app)))
LEAVES = {path: command for path, command in COMMANDS.items() if not hasattr(command, "commands")}


def flags(command: Any) -> set[str]:
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}


def code_lines() -> list[str]:
    """Lines of README's code blocks, without prompts, continuations joined."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    text = "\n".join(blocks).replace("\\\n", " ")
    return [line.strip().removeprefix("$ ") for line in text.splitlines()]


def runs_of(program: str) -> list[list[str]]:
    """What follows each call of a program, up to a comment, a pipe or a redirection."""
    runs = []
    for line in code_lines():
        for part in re.split(r"\s[|]\s|\s&&\s|;\s", line):
            lexer = shlex.shlex(part, posix=True, punctuation_chars="<>|&;")
            lexer.whitespace_split = True
            if not re.match(rf"(\.venv/bin/)?{program}(\s|$)", part):
                continue
            words = list(lexer)[1:]
            stop = next((i for i, word in enumerate(words) if set(word) <= set("<>|&;")), len(words))
            runs.append(words[:stop])
    return runs


def told_command(words: list[str]) -> tuple[str, ...]:
    """The command that these words call, past the options that may stand before it."""
    while words[:1] in (["--home"], ["--library"]):
        words = words[2:]
    names = tuple(word for word in words if not word.startswith("-"))
    return next((names[:n] for n in (2, 1) if names[:n] in COMMANDS), ())


@pytest.fixture(scope="module", autouse=True)
def _readme_is_there() -> None:
    assert README.is_file()


def test_each_yinju_command_in_readme_exists_with_its_flags() -> None:
    group = typer.main.get_command(app)
    runs = runs_of("yinju")
    assert runs
    for words in runs:
        command = told_command(words)
        known = flags(group) | {"--help", "-h"} | (flags(COMMANDS[command]) if command else set())
        assert command or set(words) <= known, f"README runs `yinju {' '.join(words)}`, which is no command"
        used = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
        assert used <= known, f"README gives {' '.join(command)} the unknown {used - known}"


def test_readme_tells_every_command() -> None:
    text = README.read_text(encoding="utf-8")
    for path in LEAVES:
        spelled = " ".join(("yinju", *path))
        together = re.search(rf"yinju {path[0]} [\w|]*\b{path[-1]}\b", text) if len(path) > 1 else None
        assert spelled in text or together, f"README does not tell of `{spelled}`"


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


def test_each_make_target_in_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    runs = runs_of("make")
    assert runs
    for words in runs:
        assert {word for word in words if "=" not in word} <= targets, f"README runs `make {' '.join(words)}`"


def test_map_of_files_is_the_codes() -> None:
    script = _load(ROOT / "bench" / "readme.py")
    assert script.file_map() in README.read_text(encoding="utf-8"), "run: python bench/readme.py"


def test_the_map_replaces_only_what_stands_between_its_marks() -> None:
    script = _load(ROOT / "bench" / "readme.py")
    old = "before <!-- files -->\nold \\1\n<!-- /files --> after"
    assert script.with_map(old, "<!-- files -->\nnew \\1\n<!-- /files -->") == (
        "before <!-- files -->\nnew \\1\n<!-- /files --> after"
    )
    with pytest.raises(ValueError, match="no <!-- files -->"):
        script.with_map("no marks", "block")


def test_files_that_readme_names_are_there() -> None:
    text = README.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text):
        assert (ROOT / target).exists(), f"README links to {target}"


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
