"""Raised and lowered characters, equations, struck text: in every format that can hold them no two numbers meet."""

from __future__ import annotations

from typing import Any

import pytest

from bench.mutated import pdf
from index.formats import mathematics
from index.formats.raised import DOWN, END, UP, settled, unraised
from tests.formats import add, only, word

UNIT = "http://schemas.openxmlformats.org/officeDocument/2006/math"


def marked(text: str) -> str:
    """``<`` raises, ``{`` lowers."""
    return text.replace("<", UP).replace("{", DOWN).replace(">", END).replace("}", END)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("密度为10<6>个/升", "密度为10^6个/升"),
        ("3.2×10<5>个", "3.2×10^5个"),
        ("10<-3> sievert, 2<10> events", "10^-3 sievert, 2^10 events"),
        ("e<x+1>", "e^(x+1)"),
        ("(a+b)<2>", "(a+b)^2"),
        ("42 km<2> of marsh", "42 km² of marsh"),
        ("5 m s<-1>", "5 m s⁻¹"),
        ("每50米<2>一处", "每50米²一处"),
        ("the 21<st> century", "the 21st century"),
        ("加1<3>/{4}杯水", "加1 3/4杯水"),
        ("CO{2}和H{2}SO{4}", "CO2和H2SO4"),
        ("log{2}8", "log_2 8"),
        ("x{max}", "x_max"),
        ("约45<②>平方公里，去年为42[<3>]平方公里", "约45平方公里，去年为42平方公里"),
        ("据调查<1,2>显示", "据调查显示"),
        ("达到12%<3>，", "达到12%，"),
        ("1,280<1> herons at $320<4> a day", "1,280 herons at $320 a day"),
        ("面积为45<1>公顷。\n[1] 县志。", "面积为45公顷。\n[1] 县志。"),
        ("held 45<2> cells\n<2> Counted at dawn.", "held 45 cells\nCounted at dawn."),
        ("<14>C 测年", "14C 测年"),
        (f"{UP}stray{DOWN}", "stray"),
    ],
)
def test_a_raised_number_is_a_power_or_the_mark_of_a_note(given: str, told: str) -> None:
    assert settled(marked(given)) == told


@pytest.mark.parametrize(
    ("xml", "told"),
    [
        ("<mfrac><mn>3</mn><mn>4</mn></mfrac>", "3/4"),
        ("<mrow><mn>1</mn><mfrac><mn>3</mn><mn>4</mn></mfrac></mrow>", "1 3/4"),
        ("<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mi>c</mi></mfrac>", "(a+b)/c"),
        ("<msup><mn>10</mn><mrow><mo>-</mo><mn>3</mn></mrow></msup>", "10^-3"),
        ("<msub><mi>x</mi><mn>1</mn></msub>", "x_1"),
        ("<msqrt><mi>x</mi><mo>+</mo><mn>1</mn></msqrt>", "√(x+1)"),
        ("<semantics><mn>7</mn><annotation encoding='application/x-tex'>7</annotation></semantics>", "7"),
        ("<mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr></mtable>", "[1, 2]"),
    ],
)
def test_an_equation_of_a_page_is_one_line(xml: str, told: str) -> None:
    assert only(f"<p>为<math>{xml}</math>。</p>".encode(), "x.html").text == f"为{told}。"


def test_an_equation_of_word_is_one_line() -> None:
    from lxml import etree

    def office(xml: str) -> str:
        return mathematics.written(etree.fromstring(f"<m:oMath xmlns:m='{UNIT}'>{xml}</m:oMath>"))

    def run(said: str) -> str:
        return f"<m:r><m:t>{said}</m:t></m:r>"

    assert office(f"<m:f><m:num>{run('3')}</m:num><m:den>{run('4')}</m:den></m:f>") == "3/4"
    assert office(f"<m:sSup><m:e>{run('10')}</m:e><m:sup>{run('3')}</m:sup></m:sSup>") == "10^3"
    assert office(f"<m:rad><m:deg>{run('3')}</m:deg><m:e>{run('x+1')}</m:e></m:rad>") == "3√(x+1)"
    summed = f"<m:naryPr><m:chr m:val='∑'/></m:naryPr><m:sub>{run('i')}</m:sub><m:sup>{run('9')}</m:sup><m:e>{run('i')}</m:e>"
    assert office(f"<m:nary>{summed}</m:nary>") == "∑_i^9 i"


def test_word_shows_powers_and_leaves_out_what_is_struck_through() -> None:
    look = "<w:r><w:rPr>{}</w:rPr><w:t>{}</w:t></w:r>"

    def make(file: Any) -> None:
        from docx.oxml import parse_xml

        file.styles.element.append(
            parse_xml(
                "<w:style xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main' w:type='character' "
                "w:styleId='Old'><w:name w:val='Old'/><w:rPr><w:strike/></w:rPr></w:style>"
            )
        )
        add(
            file,
            "<w:p><w:r><w:t>为10</w:t></w:r>"
            + look.format("<w:vertAlign w:val='superscript'/>", "6")
            + "<w:r><w:t>个。由</w:t></w:r>"
            + look.format("<w:strike/>", "860元")
            + look.format("<w:rStyle w:val='Old'/>", "870元")
            + look.format("<w:strike w:val='0'/>", "640元")
            + "<w:r><w:t>起。</w:t></w:r></w:p>",
        )

    assert only(word(make), "x.docx").text == "为10^6个。由640元起。"


def test_a_page_leaves_out_what_is_struck_through_by_element_style_or_sheet() -> None:
    page = (
        "<style>.was, p .old { color: red; text-decoration: line-through }</style><p>票价<del>860元</del>640元，船费"
        "<span style='text-decoration-line: line-through'>90元</span>75元，车费<b class='x old'>33元</b>22元，<s>9</s>8折。</p>"
    )
    assert only(page.encode(), "x.html").text == "票价640元，船费75元，车费22元，8折。"


def test_a_pdf_tells_powers_notes_and_struck_text_by_where_they_stand() -> None:
    drawn = (
        b"BT /F 10 Tf 72 700 Td (It held 10) Tj /F 7 Tf 4 Ts (6) Tj /F 10 Tf 0 Ts ( cells and 1,280) Tj /F 8 Tf 5 Ts (2) Tj "
        b"/F 10 Tf 0 Ts ( herons on 42 km) Tj /F 7 Tf 4 Ts (2) Tj /F 10 Tf 0 Ts ( with H) Tj /F 7 Tf -3 Ts (2) Tj /F 10 Tf 0 Ts (O.) Tj ET "
        b"BT /F 10 Tf 72 660 Td (The toll was 860 then 640 pounds.) Tj ET 131 663.4 m 147 663.4 l S "
        b"BT /F 8 Tf 5 Ts 72 600 Td (2) Tj /F 10 Tf 0 Ts ( Counted at dawn.) Tj ET"
    )
    assert only(pdf([drawn]), "x.pdf").text.replace("\n", " ").split() == (
        "It held 10^6 cells and 1,280 herons on 42 km² with H2O. The toll was then 640 pounds. Counted at dawn.".split()
    )


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("密度为10⁶个/升", "密度为10^6个/升"),
        ("约10⁻³毫克", "约10^-3毫克"),
        ("共1,280²只，约45②处，98%³。", "共1,280只，约45处，98%。"),
        ("面积3½公顷，②是第二项，400 m²，H₂O，x²", "面积3½公顷，②是第二项，400 m²，H₂O，x²"),
        ("Sales were 1280¹ units.\n\n¹ Estimate.", "Sales were 1280 units.\n\nEstimate."),
    ],
)
def test_digits_that_an_author_raised_stand_on_the_line(typed: str, shown: str) -> None:
    assert unraised(typed) == shown


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (
            r'<w:fldChar w:fldCharType="begin"/><w:instrText> EQ \f(3,4) </w:instrText><w:fldChar w:fldCharType="end"/>',
            "共3/4公顷",
        ),
        (r"<w:instrText>EQ \r(3,8)</w:instrText>", "共3√8公顷"),
        ("<w:instrText> PAGE </w:instrText>", "共公顷"),
        ('<w:t>3</w:t><w:sym w:font="Symbol" w:char="F0B4"/><w:t>4</w:t>', "共3×4公顷"),
        ('<w:t>3</w:t><w:sym w:font="Wingdings" w:char="F0FC"/><w:t>4</w:t>', "共3 4公顷"),
    ],
)
def test_fields_and_symbols_of_word_keep_numbers_apart(run: str, said: str) -> None:
    made = word(
        lambda file: add(file, f"<w:p><w:r><w:t>共</w:t></w:r><w:r>{run}</w:r><w:r><w:t>公顷</w:t></w:r></w:p>")
    )
    assert only(made, "a.docx").text == said


def test_words_in_square_brackets_that_are_raised_are_a_note() -> None:
    shown = only(b"<p>Its depth is 62 m.<sup>[<i>citation needed</i>]</sup></p><p>a<sup>[n-1]</sup></p>", "x.html").text
    assert shown.split("\n")[0] == "Its depth is 62 m."
