"""Equations in TeX: on one line, no two numbers glued; amounts in dollars are none."""

from __future__ import annotations

import time

import pytest

from index.formats import tex
from tests.formats import only


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (r"10^{6}", "10^6"),
        (r"3\frac12", "3 1/2"),
        (r"\dfrac{a+b}{2}", "(a+b)/2"),
        (r"\sqrt{2}\times 10^{-3}\,\mathrm{mol}", "√2× 10^-3 mol"),
        (r"25^\circ\text{C}", "25°C"),
        (r"x_{12}^{2}", "x_12^2"),
        (r"\left(\alpha + 1\right)^n", "(α + 1)^n"),
        (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", "a = b ; c = d"),
        (r"{" * 500, ""),
        (r"10^", "10"),
    ],
)
def test_what_an_equation_says(source: str, said: str) -> None:
    assert tex.written(source) == said


def test_only_equations_are_rewritten() -> None:
    for text in ("costs $5 and $6", "票价$860，后来$640。", "$PATH and $HOME", r"C:\(x86\)"):
        assert tex.shown(text) == text
    assert tex.shown(r"共$10^{6}$个，\[E = mc^2\]，3$\frac12$公顷") == "共10^6个，E = mc^2，3 1/2公顷"


def test_a_text_of_signs_costs_its_length() -> None:
    started = time.perf_counter()
    tex.shown("$ \\( \\[ $$" * 20_000)
    assert time.perf_counter() - started < 5


def test_equations_of_a_page_that_a_script_or_a_picture_shows() -> None:
    page = (
        r'<p>约为\(\frac{3}{4}\)。<script type="math/tex">10^{5}</script>个；<img class="tex" alt="10^{4}">只；'
        '<span><span style="display:none"><math><msup><mn>10</mn><mn>3</mn></msup></math></span><img class="mwe-math" alt="10^3"></span>次</p>'
    )
    assert only(page.encode(), "a.html").text == "约为3/4。10^5个；10^4只；10^3次"
