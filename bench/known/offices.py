"""OpenDocument files and presentations made on the spot, as their programs write them."""

from __future__ import annotations

from bench.known.files import zipped

_ODF = "urn:oasis:names:tc:opendocument:xmlns:{}:1.0"
_SPACES = " ".join(
    f'xmlns:{prefix}="{_ODF.format(name)}"'
    for prefix, name in (("office", "office"), ("text", "text"), ("table", "table"), ("style", "style"), ("draw", "drawing"),
                         ("fo", "xsl-fo-compatible"), ("meta", "meta"), ("presentation", "presentation"))
) + ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'  # fmt: skip
_OPEN = "http://schemas.openxmlformats.org"
_SLIDES = (
    f'xmlns:a="{_OPEN}/drawingml/2006/main" xmlns:p="{_OPEN}/presentationml/2006/main" '
    f'xmlns:r="{_OPEN}/officeDocument/2006/relationships" xmlns:m="{_OPEN}/officeDocument/2006/math"'
)


def opendocument(kind: str, body: str, *, styles: str = "", **parts: str) -> bytes:
    """A file of ``kind`` "text", "spreadsheet" or "presentation"; ``parts``: equations by the names of their objects."""
    content = (
        f"<office:document-content {_SPACES}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    meta = (
        f"<office:document-meta {_SPACES}><office:meta><dc:title>北港</dc:title><meta:creation-date>2024-05-03T08:00:00"
        "</meta:creation-date><dc:date>2025-01-01T08:00:00</dc:date></office:meta></office:document-meta>"
    )
    held = {"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": content, "meta.xml": meta}
    held |= {f"{name}/content.xml": part for name, part in parts.items()}
    return zipped({name: part.encode() for name, part in held.items()})


def slides(*bodies: str, notes: str = "") -> bytes:
    """A presentation whose slides hold these shapes; ``notes`` are the speaker's on the first."""
    ids = "".join(f'<p:sldId id="{256 + n}" r:id="r{n}"/>' for n in range(len(bodies)))
    relation = '<Relationship Id="{}" Type="{}/officeDocument/2006/relationships/{}" Target="{}"/>'
    rels = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
    here = "".join(relation.format(f"r{n}", _OPEN, "slide", f"slides/slide{n}.xml") for n in range(len(bodies)))
    parts = {
        "[Content_Types].xml": "<Types/>",
        "ppt/presentation.xml": f"<p:presentation {_SLIDES}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": rels.format(here),
    }
    for n, body in enumerate(bodies):
        show = ' show="0"' if body.startswith("HIDDEN") else ""
        tree = f"<p:cSld><p:spTree>{body.removeprefix('HIDDEN')}</p:spTree></p:cSld>"
        parts[f"ppt/slides/slide{n}.xml"] = f"<p:sld {_SLIDES}{show}>{tree}</p:sld>"
    if notes:
        parts["ppt/slides/_rels/slide0.xml.rels"] = rels.format(
            relation.format("r1", _OPEN, "notesSlide", "../notesSlides/n1.xml")
        )
        parts["ppt/notesSlides/n1.xml"] = (
            f"<p:notes {_SLIDES}><p:cSld><p:spTree>{shape(notes)}</p:spTree></p:cSld></p:notes>"
        )
    return zipped({name: part.encode() for name, part in parts.items()})


def shape(*paragraphs: str, kind: str = "body") -> str:
    """A shape of a slide: each paragraph is words, or runs as XML."""
    shown = "".join(
        f"<a:p>{words if words.startswith('<') else f'<a:r><a:t>{words}</a:t></a:r>'}</a:p>" for words in paragraphs
    )
    return f'<p:sp><p:nvSpPr><p:cNvPr id="1" name="x"/><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr><p:txBody>{shown}</p:txBody></p:sp>'
