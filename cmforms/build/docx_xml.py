"""WordprocessingML elements, written short (ECMA-376 part 1, clause 17)."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

NAMESPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "pic": "http://schemas.openxmlformats.org/drawingml/2006/picture",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "w14": "http://schemas.microsoft.com/office/word/2010/wordml",
    "xml": "http://www.w3.org/XML/1998/namespace",
}
TWIPS = 20
PAGE_WIDTH = 612 * TWIPS
PAGE_HEIGHT = 792 * TWIPS
MARGIN = 54 * TWIPS
TEXT_WIDTH = PAGE_WIDTH - 2 * MARGIN
TWELFTH = TEXT_WIDTH // 12

_DECLARED = {prefix: uri for prefix, uri in NAMESPACES.items() if prefix != "xml"}
_PARTS = Path(__file__).parent / "word"

Element = etree._Element


def qualified(name: str) -> str:
    """Return `w:p` in lxml's form; a name without prefix stays as it is."""
    prefix, _, local = name.rpartition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}" if prefix else local


def el(name: str, *children: Element | str, **attributes: str | int) -> Element:
    """Make an element; the attribute `w_val` stands for `w:val`."""
    made = etree.Element(qualified(name), nsmap=_DECLARED)
    for key, value in attributes.items():
        made.set(qualified(key.replace("_", ":", 1)), str(value))
    for child in children:
        if isinstance(child, str):
            made.text = child
        else:
            made.append(child)
    return made


def run(text: str, style: str | None = None) -> Element:
    """Make a run of text; line breaks within it become breaks."""
    made = el("w:r", *([el("w:rPr", el("w:rStyle", w_val=style))] if style else []))
    for number, line in enumerate(text.split("\n")):
        if number:
            made.append(el("w:br"))
        made.append(el("w:t", line, xml_space="preserve"))
    return made


def paragraph(style: str, *content: Element, before: tuple[Element, ...] = ()) -> Element:
    """Make a paragraph; `before` are further properties, in the order of the schema."""
    return el("w:p", el("w:pPr", el("w:pStyle", w_val=style), *before), *content)


def plain(text: str) -> str:
    """Return a definition's text so that nothing in it is taken for a tag of the template."""
    if not any(mark in text for mark in ("{{", "{%", "{#", "}}", "%}", "#}")):
        return text
    for mark in ("{{", "{%"):
        text = text.replace(mark, f"{{_{mark[1]}")
    for mark in ("}}", "%}"):
        text = text.replace(mark, f"{mark[0]}_}}")
    return text.replace("{#", "{ #").replace("#}", "# }")


def table(style: str, columns: list[int], rows: list[Element], caption: str = "") -> Element:
    """Make a table of fixed columns, widths in twips; `caption` is what a screen reader says of it."""
    properties = el(
        "w:tblPr",
        el("w:tblStyle", w_val=style),
        el("w:tblW", w_w=sum(columns), w_type="dxa"),
        el("w:tblLayout", w_type="fixed"),
        el("w:tblLook", w_val="0020" if caption else "0000"),
        *([el("w:tblCaption", w_val=caption)] if caption else []),
    )
    return el("w:tbl", properties, el("w:tblGrid", *(el("w:gridCol", w_w=width) for width in columns)), *rows)


def row(*cells: Element, height: int = 0, header: bool = False, split: bool = False) -> Element:
    """Make a table row: `height` at least, in twips; `header` repeats it on each page."""
    properties = el("w:trPr")
    if not split:
        properties.append(el("w:cantSplit"))
    if height:
        properties.append(el("w:trHeight", w_val=height, w_hRule="atLeast"))
    if header:
        properties.append(el("w:tblHeader"))
    return el("w:tr", properties, *cells)


def part(root: Element) -> bytes:
    """Serialise a part, without namespaces that nothing in it uses."""
    etree.cleanup_namespaces(root, keep_ns_prefixes=["w", "r", "w14", "mc"])
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def stored(name: str) -> Element:
    """Parse one of the fixed parts in `build/word/`."""
    parser = etree.XMLParser(remove_blank_text=True)
    return etree.parse(_PARTS / name, parser).getroot()
