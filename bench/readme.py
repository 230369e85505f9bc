"""Rewrites README's map of files: one line a module, its path and the first line of its docstring."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("rag", "index", "models", "ui", "yinju")
BEGIN, END = "<!-- files -->", "<!-- /files -->"


def first_line(path: Path) -> str:
    """The first line of a module's docstring."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0]


def file_map(root: Path = ROOT) -> str:
    """The block as it must stand in README, markers included."""
    paths = [path for package in PACKAGES for path in sorted((root / package).rglob("*.py"))]
    names = [path.relative_to(root).as_posix() for path in paths]
    width = max(map(len, names))
    lines = [f"{name:{width}}  {first_line(path)}" for name, path in zip(names, paths, strict=True)]
    return "\n".join([BEGIN, "```", *lines, "```", END])


def with_map(readme: str, block: str) -> str:
    """README with its block replaced. Raises ValueError when it has no markers."""
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    if not pattern.search(readme):
        raise ValueError(f"README.md has no {BEGIN} ... {END} to write the map between")
    return pattern.sub(lambda _: block, readme, count=1)


def main() -> None:
    readme = ROOT / "README.md"
    readme.write_text(with_map(readme.read_text(encoding="utf-8"), file_map()), encoding="utf-8")
    print(f"{readme.name}: map of files written")


if __name__ == "__main__":
    main()
