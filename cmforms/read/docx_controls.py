"""The content controls of a Word document: what each holds, with tracked changes taken as accepted.

ECMA-376 part 1, 17.5.2 (controls) and 17.13.5 (revisions); check boxes are [MS-DOCX] 2.6.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from cmforms.ooxml import W14, W

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_ON = ("1", "true", "on")
_MARKED = frozenset("☒☑✓✔✗✘xX")
_EMPTY = frozenset("☐")
# Boxes and ticks of the symbol fonts that Word offers, by font and code (Wingdings, Wingdings 2).
_SYMBOLS = {
    "FE": "☑", "FD": "☒", "FC": "✓", "FB": "✗", "A8": "☐", "6F": "☐", "52": "☑", "54": "☒", "A3": "☐",
}
_UNSEEN = frozenset(
    f"{W}{name}"
    for name in (
        "del", "moveFrom", "rPr", "pPr", "sdtPr", "sdtEndPr", "tcPr", "trPr", "tblPr", "tblGrid", "instrText",
        "delText", "delInstrText", "footnoteReference", "endnoteReference", "annotationRef",
    )
) | {f"{_MC}Fallback"}
_SIGNS = {
    f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "\u2011", f"{W}softHyphen": "",
}
_PICTURES = (f"{W}drawing", f"{W}pict", f"{W}object", f"{W}contentPart")


@dataclass(frozen=True, slots=True)
class Control:
    """One control: its tag in parts, its text or mark, and the table row that it stands in.

    `group` and `option` are None where the tag names none. `marked` is None for a control that is no box;
    `doubt` says why box and picture disagree. `row` is the same for all controls of a table row.
    """

    tag: str
    name: str
    group: str | None
    option: str | None
    row: int | None
    text: str
    marked: bool | None
    picture: bool
    doubt: str = ""


def controls(root: etree._Element) -> Iterator[Control]:
    """Yield the controls with a tag in the order of the document, those in deleted parts left out."""
    rows: dict[etree._Element, int] = {}
    for holder in root.iter(f"{W}sdt"):
        properties, content = holder.find(f"{W}sdtPr"), holder.find(f"{W}sdtContent")
        tag = _value(properties, f"{W}tag") if properties is not None else None
        if properties is None or not tag or _is_deleted(holder):
            continue
        name, _, option = tag.partition(":")
        group, _, field = name.rpartition(".")
        row = next(holder.iterancestors(f"{W}tr"), None)
        text = "" if content is None or _is_placeholder(properties) else text_of(content)
        marked, doubt = _mark(properties, text)
        yield Control(
            tag, field, group or None, option or None,
            None if row is None else rows.setdefault(row, len(rows)),
            text.strip(), marked, content is not None and _has_picture(content), doubt,
        )


def text_of(element: etree._Element) -> str:
    """Return the text as a person sees it: insertions in, deletions out, breaks as newlines, tabs as tabs."""
    return "".join(_pieces(element)).removesuffix("\n")


def changes(root: etree._Element) -> int:
    """Return how many tracked insertions and deletions the document holds."""
    return sum(1 for _ in root.iter(f"{W}ins", f"{W}del", f"{W}moveTo", f"{W}moveFrom"))


def _pieces(element: etree._Element) -> Iterator[str]:
    for child in element.iterchildren(tag=etree.Element):
        if child.tag in _UNSEEN or _is_deleted_row(child):
            continue
        if child.tag == f"{W}t":
            yield child.text or ""
        elif child.tag in _SIGNS:
            yield _SIGNS[child.tag]
        elif child.tag == f"{W}sym":
            yield _SYMBOLS.get((child.get(f"{W}char") or "")[-2:].upper(), "")
        else:
            yield from _pieces(child)
            if child.tag == f"{W}p" and child.find(f"{W}pPr/{W}rPr/{W}del") is None:
                yield "\n"


def _mark(properties: etree._Element, text: str) -> tuple[bool | None, str]:
    """Return whether a box is marked; its state and its picture can only differ by somebody's tampering."""
    shown = set(text.strip())
    drawn = True if shown & _MARKED else False if shown & _EMPTY else None
    box = properties.find(f"{W14}checkbox")
    if box is None:
        # Editors that do not know check boxes keep the picture only.
        return (drawn if len(text.strip()) == 1 else None), ""
    checked = box.find(f"{W14}checked")
    state = checked is not None and checked.get(f"{W14}val", "1") in _ON
    if drawn is not None and drawn is not state:
        return drawn, f"the box shows {text.strip()!r}, yet is set to {'marked' if state else 'empty'}"
    if shown and drawn is None:
        return True, f"{text.strip()!r} stands in the place of the box"
    return state, ""


def _is_placeholder(properties: etree._Element) -> bool:
    shown = properties.find(f"{W}showingPlcHdr")
    return shown is not None and shown.get(f"{W}val", "1") in _ON


def _is_deleted(element: etree._Element) -> bool:
    return any(
        parent.tag in (f"{W}del", f"{W}moveFrom", f"{_MC}Fallback") or _is_deleted_row(parent)
        for parent in element.iterancestors()
    )


def _is_deleted_row(element: etree._Element) -> bool:
    return element.tag == f"{W}tr" and element.find(f"{W}trPr/{W}del") is not None


def _has_picture(content: etree._Element) -> bool:
    return any(not _is_deleted(found) for found in content.iter(*_PICTURES))


def _value(properties: etree._Element, name: str) -> str | None:
    found = properties.find(name)
    return None if found is None else found.get(f"{W}val")
