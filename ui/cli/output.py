"""What is said and where: the answer to standard output, everything else to standard error."""

from __future__ import annotations

import json
import sys
from typing import Any, NoReturn

import typer

from ui import render


def print_text(text: str) -> None:
    """Print part of the answer on standard output. Flushed at once: another program may wait for this line before it sends the next."""
    print(text, flush=True)


def print_json(shape: dict[str, Any]) -> None:
    print_text(json.dumps(shape, ensure_ascii=False))


def say(message: str) -> None:
    """Print what is not part of the answer on standard error, each line behind "yinju:"."""
    for line in message.splitlines():
        print(f"yinju: {render.visible(line)}", file=sys.stderr, flush=True)


def fail(message: str) -> NoReturn:
    """Says it, and ends with exit code 1."""
    say(message)
    raise typer.Exit(1)


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def one_line(text: str) -> str:
    return " ".join(render.visible(text).split())
