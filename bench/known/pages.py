"""A known document as HTML, Markdown, plain text and flat ODF: what browsers, office programs and mailers start from."""

from __future__ import annotations

from html import escape

from bench.known.texts import Block, Heading, Known, Listing, Paragraph, Table

_STYLE = """
@page { size: A4; margin: 2.4cm 2cm; }
body { font: 11pt/1.5 'Noto Sans CJK SC', sans-serif; } h1 { font-size: 20pt; } h2 { font-size: 15pt; } h3 { font-size: 12.5pt; }
table { border-collapse: collapse; } td, th { border: 1px solid #444; padding: 2pt 5pt; }
.indented > p { text-indent: 2em; text-align: justify; margin: 0; } .two { column-count: 2; column-gap: 1cm; } .break { break-before: page; } nav, footer.site { color: #666; }
sup { font-size: 7pt; } .notes { font-size: 9pt; }
"""


def html(known: Known, *, furniture: bool = False) -> str:
    """The document as a page; with ``furniture`` inside a site's navigation, scripts and footer."""
    notes: list[str] = []
    body = [_html_block(block, notes) for block in known.blocks[1:]]
    flow = "\n".join(body)
    listed = "".join(f'<li id="n{n}">{escape(note)}</li>' for n, note in enumerate(notes, 1))
    main = (
        f"<article>{_html_block(known.blocks[0], notes)}<div class='{'two' if known.columns == 2 else 'one'} {'indented' if known.indented else ''}'>{flow}</div>"
        + (f"<section class='notes'><ol>{listed}</ol></section>" if notes else "")
        + "</article>"
    )
    if furniture:
        main = (
            "<header class='site'><nav><a href='/'>首页 Home</a> <a href='/all'>全部文章 Archive</a></nav></header>"
            f"<script>document.body.dataset.said = 'Scripts are not read 脚本不读';</script><main>{main}</main>"
            "<aside>猜你喜欢 You may also like</aside><footer class='site'>版权所有 All rights reserved</footer>"
        )
    return (
        f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>{escape(known.title)}</title>"
        f"<meta property='article:published_time' content='{known.date}T08:00:00+08:00'>"
        f"<meta property='og:site_name' content='{escape(known.source)}'><style>{_STYLE}</style></head>"
        f"<body>{main}</body></html>"
    )


def _html_block(block: Block, notes: list[str]) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{escape(block.text)}</h{block.level}>"
    if isinstance(block, Paragraph):
        mark = ""
        if block.note:
            notes.append(block.note)
            mark = f"<sup><a href='#n{len(notes)}'>{len(notes)}</a></sup>"
        return f"<p>{escape(block.text)}{mark}</p>"
    if isinstance(block, Listing):
        tag = "ol" if block.ordered else "ul"
        return f"<{tag}>{''.join(f'<li>{escape(item)}</li>' for item in block.items)}</{tag}>"
    if isinstance(block, Table):
        rows = [
            "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row)
            for tag, row in zip(["th", *["td"] * len(block.rows)], block.rows, strict=False)
        ]
        return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"
    return "<div class='break'></div>"


def markdown(known: Known) -> str:
    """The document as Markdown with front matter."""
    rows = ["---", f"title: {known.title}", f"date: {known.date}", f"source: {known.source}", "---"]
    for block in known.blocks:
        if isinstance(block, Heading):
            rows += [f"{'#' * block.level} {block.text}", ""]
        elif isinstance(block, Paragraph):
            rows += [block.text, ""]
        elif isinstance(block, Listing):
            rows += [f"{f'{n}.' if block.ordered else '-'} {item}" for n, item in enumerate(block.items, 1)] + [""]
        elif isinstance(block, Table):
            rows += [f"| {' | '.join(row)} |" for row in block.rows] + [""]
            rows.insert(len(rows) - len(block.rows), "|" + "---|" * len(block.rows[0]))
    return "\n".join([*rows, *known.notes]) + "\n"


def plain(known: Known) -> str:
    """The document as plain text: a title over its date, then paragraphs, tables with tabs."""
    rows = [known.title, f"（{known.date}）"]
    for block in known.blocks[1:]:
        if isinstance(block, (Heading, Paragraph)):
            rows += ["", block.text]
        elif isinstance(block, Listing):
            rows += [f"{f'{n}.' if block.ordered else '-'} {item}" for n, item in enumerate(block.items, 1)]
        elif isinstance(block, Table):
            rows += ["", *("\t".join(row) for row in block.rows)]
    return "\n".join([*rows, "", *known.notes]) + "\n"


_SPACES = {
    "office": "office:1.0",
    "style": "style:1.0",
    "text": "text:1.0",
    "table": "table:1.0",
    "fo": "xsl-fo-compatible:1.0",
    "meta": "meta:1.0",
}
_NAMES = " ".join(f'xmlns:{key}="urn:oasis:names:tc:opendocument:xmlns:{value}"' for key, value in _SPACES.items())
_NAMES += ' xmlns:dc="http://purl.org/dc/elements/1.1/"'


def flat_odt(known: Known) -> str:
    """The document as one file of XML that LibreOffice opens: styles for headings, a header and a footer on each page."""
    notes: list[str] = []
    blocks = [_odf_block(block, notes, "Body" if known.indented else "Standard") for block in known.blocks]
    flow = "".join(blocks[1:])
    if known.columns == 2:
        flow = f'<text:section text:style-name="Two" text:name="flow">{flow}</text:section>'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document {_NAMES} office:version="1.3" '
        'office:mimetype="application/vnd.oasis.opendocument.text">'
        f"<office:meta><dc:title>{escape(known.title)}</dc:title><dc:creator>{escape(known.source)}</dc:creator>"
        f"<meta:creation-date>{known.date}T08:00:00</meta:creation-date><dc:date>{known.date}T08:00:00</dc:date></office:meta>"
        f"{_odf_styles(known)}<office:body><office:text>{blocks[0]}{flow}</office:text></office:body></office:document>"
    )


def _odf_styles(known: Known) -> str:
    font = 'fo:font-family="Noto Sans CJK SC" style:font-family-asian="Noto Sans CJK SC" fo:language="en" style:language-asian="zh"'
    sizes = "".join(
        f'<style:style style:name="Heading_20_{level}" style:display-name="Heading {level}" style:family="paragraph" '
        f'style:default-outline-level="{level}"><style:text-properties fo:font-size="{size}pt" '
        f'style:font-size-asian="{size}pt" fo:font-weight="bold" style:font-weight-asian="bold"/></style:style>'
        for level, size in ((1, 20), (2, 15), (3, 12.5))
    )
    levels = "".join(
        f'<text:list-style style:name="{name}"><text:list-level-style-{kind} text:level="1" {what}>'
        '<style:list-level-properties text:space-before="0.5cm" text:min-label-width="0.6cm"/>'
        f"</text:list-level-style-{kind}></text:list-style>"
        for name, kind, what in (
            ("Dots", "bullet", 'text:bullet-char="•"'),
            ("Numbers", "number", 'style:num-format="1" style:num-suffix="."'),
        )
    )
    return (
        '<office:styles><style:default-style style:family="paragraph"><style:text-properties '
        f'fo:font-size="11pt" style:font-size-asian="11pt" {font}/></style:default-style>{sizes}{levels}'
        '<style:style style:name="Body" style:family="paragraph"><style:paragraph-properties fo:text-indent="0.78cm" '
        'fo:text-align="justify"/></style:style></office:styles>'
        '<office:automatic-styles><style:style style:name="New" style:family="paragraph"><style:paragraph-properties '
        'fo:break-before="page"/></style:style><style:style style:name="Two" style:family="section">'
        '<style:section-properties><style:columns fo:column-count="2" fo:column-gap="0.8cm"/></style:section-properties>'
        '</style:style><style:style style:name="Cell" style:family="table-cell"><style:table-cell-properties '
        'fo:border="0.5pt solid #000000" fo:padding="0.08cm"/></style:style><style:page-layout style:name="A4">'
        '<style:page-layout-properties fo:page-width="21cm" fo:page-height="29.7cm" fo:margin="2cm"/>'
        "</style:page-layout></office:automatic-styles><office:master-styles>"
        '<style:master-page style:name="Standard" style:page-layout-name="A4">'
        f"<style:header><text:p>{escape(known.header)}</text:p></style:header>"
        f"<style:footer><text:p>{escape(known.footer)} <text:page-number/></text:p></style:footer>"
        "</style:master-page></office:master-styles>"
    )


def _odf_block(block: Block, notes: list[str], style: str) -> str:
    if isinstance(block, Heading):
        level = block.level
        return (
            f'<text:h text:style-name="Heading_20_{level}" text:outline-level="{level}">{escape(block.text)}</text:h>'
        )
    if isinstance(block, Paragraph):
        note = ""
        if block.note:
            notes.append(block.note)
            number = len(notes)
            note = (
                f'<text:note text:id="n{number}" text:note-class="footnote"><text:note-citation>{number}'
                f"</text:note-citation><text:note-body><text:p>{escape(block.note)}</text:p></text:note-body></text:note>"
            )
        return f'<text:p text:style-name="{style}">{escape(block.text)}{note}</text:p>'
    if isinstance(block, Listing):
        items = "".join(f"<text:list-item><text:p>{escape(item)}</text:p></text:list-item>" for item in block.items)
        return f'<text:list text:style-name="{"Numbers" if block.ordered else "Dots"}">{items}</text:list>'
    if isinstance(block, Table):
        rows = "".join(f"<table:table-row>{_odf_cells(row)}</table:table-row>" for row in block.rows)
        return f'<table:table><table:table-column table:number-columns-repeated="{len(block.rows[0])}"/>{rows}</table:table>'
    return '<text:p text:style-name="New"/>'


def _odf_cells(row: tuple[str, ...]) -> str:
    return "".join(
        f'<table:table-cell table:style-name="Cell" office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
        for cell in row
    )


def flat_ods(known: Known) -> str:
    """The tables of a document as a spreadsheet, a sheet each."""
    tables = [block for block in known.blocks if isinstance(block, Table)]
    sheets = "".join(
        f'<table:table table:name="表{n}">'
        + "".join(f"<table:table-row>{_odf_cells(row)}</table:table-row>" for row in table.rows)
        + "</table:table>"
        for n, table in enumerate(tables, 1)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document {_NAMES} office:version="1.3" '
        'office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:automatic-styles>'
        '<style:style style:name="Cell" style:family="table-cell"/></office:automatic-styles>'
        f"<office:body><office:spreadsheet>{sheets}</office:spreadsheet></office:body></office:document>"
    )
