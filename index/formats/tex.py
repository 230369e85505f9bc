r"""Equations written in TeX, as notes and pages hold them, on one line: \frac{3}{4} is 3/4, 10^{6} is 10^6. Nothing is run."""

from __future__ import annotations

import re

from index.formats import mathematics

_TOKEN = re.compile(r"\\(?:[A-Za-z]+\*?|.)|\d+(?:[.,]\d+)*|\s+|.", re.DOTALL)
_SPAN = re.compile(
    r"(?<![\\$])\$\$(?P<block>[^$]{1,1000}?)\$\$|\\\((?P<round>[^\n]{1,300}?)\\\)|\\\[(?P<square>(?:(?!\n\n).){1,600}?)\\\]"
    r"|(?<![\\$A-Za-z])\$(?=\S)(?P<inline>[^$\n]{1,300}?)(?<=\S)\$(?![\d$])",
    re.DOTALL,
)
_SIGNS = {
    "times": "×", "cdot": "·", "div": "÷", "pm": "±", "mp": "∓", "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥", "neq": "≠", "ne": "≠",
    "approx": "≈", "sim": "~", "equiv": "≡", "propto": "∝", "infty": "∞", "sum": "∑", "prod": "∏", "int": "∫", "partial": "∂",
    "nabla": "∇", "rightarrow": "→", "to": "→", "leftarrow": "←", "Rightarrow": "⇒", "circ": "°", "degree": "°", "ldots": "…", "dots": "…",
    "cdots": "…", "in": "∈", "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ",
    "eta": "η", "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ",
    "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Sigma": "Σ",
    "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "quad": " ", "qquad": " ", ",": " ", ";": " ", ":": " ", " ": " ", "!": "", "\\": "; ",
    "left": "", "right": "", "displaystyle": "", "limits": "", "prime": "′",
}  # fmt: skip
"""What a command shows; one that is not known shows its name, as its author wrote it for a reader who knows it."""
_WORDS = frozenset(
    "text mathrm mathbf mathit mathsf textbf textrm textit operatorname mbox hbox bm boldsymbol mathbb mathcal".split()
)
_DEEPEST = 40


def shown(source: str) -> str:
    """The text with every equation in it as it is read; an amount in dollars is none."""
    if "$" not in source and "\\(" not in source and "\\[" not in source:
        return source
    return _SPAN.sub(_equation, source)


def _equation(found: re.Match[str]) -> str:
    inside = next(filter(None, found.groups()))
    if not found["block"] and not re.search(r"[\\^_=]|^[A-Za-z]$", inside):
        return found[0]
    before, after = found.string[: found.start()][-1:], found.string[found.end() : found.end() + 1]
    said = written(inside)
    return f"{' ' if before.isdigit() and said[:1].isdigit() else ''}{said}{' ' if after.isdigit() and said[-1:].isdigit() else ''}"


def written(source: str) -> str:
    """What an equation says on one line."""
    said = _row(_TOKEN.findall(source)[::-1], 0)
    return re.sub(r"\s{2,}", " ", said).strip()


def _row(signs: list[str], depth: int) -> str:
    """The parts up to the end of the group, the next sign being the last of ``signs``; two numbers that would meet keep a blank."""
    parts: list[str] = []
    while signs:
        sign = signs.pop()
        if sign == "}":
            break
        if sign in "^_":
            base, moved = (parts.pop() if parts else ""), _argument(signs, depth)
            if base[-1:] in tuple(")]|"):
                parts.append(f"{base}{sign}{mathematics.single(moved)}")
            elif sign == "^" and re.fullmatch("[°′]+", moved):
                parts.append(base + moved)
            else:
                parts.append((mathematics.power if sign == "^" else mathematics.index)(base, moved))
            continue
        said = _said(sign, signs, depth)
        gap = " " if parts and parts[-1][-1:].isdigit() and said[:1].isdigit() else ""
        parts.append(gap + said)
    return "".join(parts)


def _said(sign: str, signs: list[str], depth: int) -> str:
    """What one sign says, with the arguments that it takes."""
    name = sign.removeprefix("\\").rstrip("*")
    if sign == "{":
        return _row(signs, depth + 1) if depth < _DEEPEST else ""
    if not sign.startswith("\\") or sign == "\\":
        return " " if sign in "&~" or sign.isspace() else sign
    if name in ("frac", "dfrac", "tfrac", "cfrac"):
        above, below = _argument(signs, depth), _argument(signs, depth)
        return f"{mathematics.single(above)}/{mathematics.single(below)}"
    if name == "sqrt":
        return f"√{mathematics.single(_argument(signs, depth))}"
    if name in _WORDS:
        return _argument(signs, depth, words=True)
    if name in ("begin", "end"):
        _argument(signs, depth)
        return ""
    return _SIGNS.get(name, name)


def _argument(signs: list[str], depth: int, *, words: bool = False) -> str:
    """The next group or sign; ``words``: blanks in it count."""
    while signs:
        sign = signs.pop()
        if sign[0].isdigit() and len(sign) > 1:  # without braces it is one digit
            signs.append(sign[1:])
            return sign[0]
        if not sign.isspace():
            if sign == "{" and depth < _DEEPEST:
                said = _row(signs, depth + 1)
                return said if words else said.strip()
            return _said(sign, signs, depth + 1) if depth < _DEEPEST else ""
    return ""
