r"""LaTeX sources -> Markdown: sections, lists, tables and equations as they are read; layout, labels and citations go. Nothing is run."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from index.formats import tex
from index.formats.lightweight import fronted

_COMMENT = re.compile(r"(?m)(?<!\\)((?:\\\\)*)%.*$(?:\n[ \t]*(?=\S))?")
_TOKEN = re.compile(r"\\(?:[A-Za-z@]+\*?|.)|[{}]|\$\$?|[^\\{}$]+", re.DOTALL)
_ENVIRONMENT = re.compile(r"\\(begin|end)\{([A-Za-z]+\*?)\}(?:\[[^\]\n]*\])?")
_SECTIONS = {"part": 1, "chapter": 1, "section": 2, "subsection": 3, "subsubsection": 4, "paragraph": 5}
_UNREAD = frozenset(
    "cite citep citet citeauthor parencite footcite nocite ref eqref cref Cref autoref pageref label index bibliography bibliographystyle "
    "includegraphics input include vspace hspace usepackage documentclass pagestyle thispagestyle setlength addtolength setcounter "
    "newcommand renewcommand hypersetup graphicspath geometry sout st columnwidth rule phantom color cmidrule cline".split()
)
"""Commands whose arguments nobody reads as text."""
_PAIRS = {
    "href": 1,
    "textcolor": 1,
    "colorbox": 1,
    "multicolumn": 2,
    "multirow": 2,
    "parbox": 1,
    "raisebox": 1,
    "resizebox": 2,
    "scalebox": 1,
}
"""How many arguments stand before the one that is read."""
_SIGNS = {
    "%": "%", "&": "&", "_": "_", "#": "#", "$": "$", "{": "{", "}": "}", "\\": "\n", "newline": "\n", "par": "\n\n", "item": "\n- ",
    "ldots": "…", "dots": "…", "quad": " ", "qquad": " ", ",": " ", ";": " ", " ": " ", "~": "~", "textasciitilde": "~", "S": "§",
    "textdegree": "°", "degree": "°", "textbackslash": "\\", "LaTeX": "LaTeX", "TeX": "TeX", "textbar": "|", "celsius": "℃", "percent": "%",
}  # fmt: skip
_MATH = "equation align gather multline eqnarray displaymath math".split()
_CODE = ("verbatim", "lstlisting", "minted")
_DROPPED = ("thebibliography", "comment", "tikzpicture", "filecontents")
_TABLES = ("tabular", "tabularx", "longtable", "tabu")
_DEEPEST = 60


def shown(source: str) -> str:
    """A LaTeX file as Markdown."""
    about = {name: _words(_argument_of(source, name)) for name in ("title", "date")}
    if about["date"] == "today":
        about["date"] = ""
    body = re.search(r"\\begin\{document\}(.*?)(?:\\end\{document\}|\Z)", source, re.DOTALL)
    return fronted(about, _body(body[1] if body else source))


def _argument_of(source: str, name: str) -> str:
    found = re.search(rf"\\{name}(?:\[[^\]]*\])?\{{", source)
    return _group(source, found.end())[0] if found else ""


def _group(source: str, at: int) -> tuple[str, int]:
    """What stands up to the brace that closes the one before ``at``, and where it ends."""
    depth = 1
    for found in re.finditer(r"\\.|[{}]", source[at : at + 100_000]):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if not depth:
            return source[at : at + found.start()], at + found.end()
    return source[at:], len(source)


def _words(source: str) -> str:
    return " ".join(_said(_TOKEN.findall(source)[::-1], 0).split())


def _body(source: str) -> str:
    """The text of environments one after the other: code whole, equations on a line, rows of tables, the rest as running text."""
    out: list[str] = []
    at = 0
    for found in _ENVIRONMENT.finditer(source):
        if found.start() < at:
            continue  # inside one that was read whole
        out.append(_running(source[at : found.start()]))
        name, at = found[2].rstrip("*"), found.end()
        if found[1] == "begin" and name in _ENVIRONMENTS:
            closing = f"\\end{{{found[2]}}}"
            end = source.find(closing, at)
            out.append(_ENVIRONMENTS[name](source[at : end if end >= 0 else len(source)]))
            at = end + len(closing) if end >= 0 else len(source)
        else:
            out.append("\n\n")
    return "".join([*out, _running(source[at:])])


def _running(source: str) -> str:
    source = re.sub(r"(?<!\\)~", "\u00a0", _COMMENT.sub(r"\1", source)).replace("``", "“").replace("''", "”")
    said = re.sub(r"(?<!-)--(?!-)", "–", _said(_TOKEN.findall(source)[::-1], 0))
    return re.sub(r"[ \u00a0]+(?=[，。；：、,.;:)）])|(?<=\n-) +(?= )", "", said)


def _said(signs: list[str], depth: int) -> str:
    """What the signs say up to the end of the group, the next one being the last of ``signs``."""
    parts: list[str] = []
    while signs:
        sign = signs.pop()
        if sign == "}":
            break
        if sign == "{":
            parts.append(_said(signs, depth + 1) if depth < _DEEPEST else "")
        elif sign in ("$", "$$") or sign in ("\\(", "\\["):
            parts.append(_equation(sign, signs))
        elif sign.startswith("\\"):
            parts.append(_command(sign[1:].rstrip("*"), signs, depth))
        else:
            parts.append(sign)
    return "".join(parts)


def _equation(opening: str, signs: list[str]) -> str:
    closing = {"\\(": "\\)", "\\[": "\\]"}.get(opening, opening)
    inside: list[str] = []
    while signs and (sign := signs.pop()) != closing:
        inside.append(sign)
    return tex.written("".join(inside))


def _command(name: str, signs: list[str], depth: int) -> str:
    """What a command shows with its arguments; of one that is not known its last argument."""
    if name in _SIGNS:
        return _SIGNS[name]
    if depth >= _DEEPEST:
        return ""
    if name in _SECTIONS:
        _option(signs)
        return f"\n\n{'#' * _SECTIONS[name]} {' '.join(_argument(signs, depth).split())}\n\n"
    if name in ("footnote", "footnotetext"):
        return f"（{_argument(signs, depth).strip().rstrip('。.')}）"
    if name in ("textsuperscript", "textsubscript"):
        tag = name[4:7]
        return f"<{tag}>{_argument(signs, depth)}</{tag}>"
    if name in ("SI", "qty"):
        return f"{_argument(signs, depth)} {_argument(signs, depth)}"
    for _ in range(_PAIRS.get(name, 0)):
        _argument(signs, depth)
    _option(signs)
    said = _argument(signs, depth)
    return "" if name in _UNREAD else said


def _option(signs: list[str]) -> None:
    """Take what stands in square brackets next."""
    if signs and signs[-1].startswith("[") and "]" in signs[-1]:
        signs[-1] = signs[-1].partition("]")[2]
        if not signs[-1]:
            signs.pop()


def _argument(signs: list[str], depth: int) -> str:
    """The next group, "" where none follows."""
    if signs and signs[-1] == "{":
        signs.pop()
        return _said(signs, depth + 1)
    return ""


def _table(source: str) -> str:
    """Pipe rows; the columns' layout stands in the first groups."""
    at = 0
    while found := re.compile(r"\s*\{").match(source, at):
        at = _group(source, found.end())[1]
    bare = re.sub(
        r"\\(?:hline|toprule|midrule|bottomrule|endhead|endfoot|endfirsthead)\b", "", _COMMENT.sub(r"\1", source[at:])
    )
    rows = [re.split(r"(?<!\\)&", row) for row in re.split(r"\\\\(?:\[[^\]]*\])?", bare) if row.strip()]
    return "\n\n" + "\n".join(f"| {' | '.join(map(_words, row))} |" for row in rows) + "\n\n"


def _code(source: str) -> str:
    return f"\n\n```\n{source.strip()}\n```\n\n"


def _maths(source: str) -> str:
    return f"\n\n{tex.written(_NUMBERING.sub('', source))}\n\n"


_NUMBERING = re.compile(r"\\(?:label|nonumber|notag|tag)(?:\{[^{}]*\})?")

_ENVIRONMENTS: Mapping[str, Callable[[str], str]] = {
    **dict.fromkeys(_MATH, _maths),
    **dict.fromkeys(_CODE, _code),
    **dict.fromkeys(_TABLES, _table),
    **dict.fromkeys(_DROPPED, lambda source: "\n\n"),
}
