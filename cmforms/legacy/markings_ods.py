"""What an ODS says beside its values (OpenDocument 1.3, part 3, 9). A cell holds there what it shows, too."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from cmforms.legacy.markings import OWN_AUTHOR, PARTLY_STRUCK, Gathered, Markings
from cmforms.legacy.sheets import Struck, Unreadable, letter

CONTENT, STYLES = "content.xml", "styles.xml"
_NAMES = "urn:oasis:names:tc:opendocument:xmlns:"
_OFFICE, _TABLE, _TEXT, _STYLE = (f"{{{_NAMES}{name}:1.0}}" for name in ("office", "table", "text", "style"))
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
_WATCHED = (
    f"{_STYLE}style", f"{_TABLE}null-date", f"{_TABLE}table", f"{_TABLE}table-column", f"{_TABLE}table-row",
    f"{_TABLE}database-range",
)  # fmt: skip
_NUMBER_SHOWN = re.compile(r"[0-9() -]+")
_HIDDEN = ("collapse", "filter")


def find_ods_markings(path: Path) -> dict[str, Markings]:
    """Return the marks of each sheet of an ODS by its name; nothing for other files."""
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if CONTENT not in names or "mimetype" not in names:
            return {}
        scan = _Scan()
        for part in (STYLES, CONTENT):
            if part in names:
                with archive.open(part) as stream:
                    scan.read(stream)
    return {name: sheet.markings(scan.date1904) for name, sheet in scan.sheets.items()}


@dataclass
class _Scan:
    """Goes through the parts once; rows are let go as soon as they were looked at."""

    sheets: dict[str, Gathered] = field(default_factory=dict)
    date1904: bool = False
    struck: dict[str, bool] = field(default_factory=dict)
    sheet: Gathered = field(default_factory=Gathered)
    columns: list[str] = field(default_factory=list)
    row: int = 0

    def read(self, stream: Any) -> None:
        """Look at every element that may say something."""
        events = etree.iterparse(stream, events=("start", "end"), tag=_WATCHED, resolve_entities=False, no_network=True)
        for event, node in events:
            if event == "start":
                if node.tag == f"{_TABLE}table":
                    self._begin(node)
                continue
            match node.tag.rpartition("}")[2]:
                case "style":
                    self._style(node)
                case "null-date":
                    self.date1904 = node.get(f"{_TABLE}date-value", "").startswith("1904")
                case "table-column":
                    self._column(node)
                case "table-row":
                    self._row(node)
                    node.clear()
                case "database-range":
                    self._filter(node)

    def _begin(self, node: Any) -> None:
        self.sheet = self.sheets.setdefault(node.get(f"{_TABLE}name", ""), Gathered())
        self.columns, self.row = [], 0

    def _style(self, node: Any) -> None:
        """Note whether a style strikes its text through; what it does not say its parent says."""
        texts = node.find(f"{_STYLE}text-properties")
        said = [] if texts is None else [texts.get(f"{_STYLE}text-line-through-{name}") for name in ("type", "style")]
        inherited = self.struck.get(node.get(f"{_STYLE}parent-style-name", ""), False)
        known = [one for one in said if one]
        self.struck[node.get(f"{_STYLE}name", "")] = any(one != "none" for one in known) if known else inherited

    def _column(self, node: Any) -> None:
        first, many = len(self.columns), _repeated(node, "columns")
        self.columns += [node.get(f"{_TABLE}default-cell-style-name", "")] * many
        if node.get(f"{_TABLE}visibility") in _HIDDEN:
            last = first + many - 1
            self.sheet.hidden_columns.append(letter(first) if many == 1 else f"{letter(first)}:{letter(last)}")

    def _row(self, node: Any) -> None:
        first, many = self.row + 1, _repeated(node, "rows")
        self.row += many
        held = list(_cells(node))
        if not held:
            return
        rows = range(first, first + many)
        if node.get(f"{_TABLE}visibility") in _HIDDEN:
            self.sheet.hidden_rows += rows
        default = node.get(f"{_TABLE}default-cell-style-name", "")
        for column, cell in held:
            for row in rows:
                self._cell(row, column, cell, default)

    def _cell(self, row: int, column: int, cell: Any, default: str) -> None:
        place = row, column
        inherited = default or (self.columns[column] if column < len(self.columns) else "")
        if (mark := self._mark(cell, cell.get(f"{_TABLE}style-name") or inherited)) is not None:
            self.sheet.instead[place] = mark
        elif cell.get(f"{_OFFICE}value-type") == "percentage":
            self.sheet.formats[place] = "0%"
        if said := _comment(cell):
            self.sheet.comments[place] = said
        across, down = (int(cell.get(f"{_TABLE}number-{name}-spanned", 1)) for name in ("columns", "rows"))
        if across * down > 1:
            self.sheet.merged.append(f"{letter(column)}{row}:{letter(column + across - 1)}{row + down - 1}")

    def _mark(self, cell: Any, style: str) -> Any:
        """Return what must stand for the cell's value, None where the value may stand."""
        runs = [run for paragraph in cell.iterchildren(f"{_TEXT}p") for run in self._runs(paragraph, False)]
        text = "".join(text for text, _ in runs).strip()
        if cell.get(f"{_CALC}value-type") == "error":
            return Unreadable(text, f"holds the error {text}")
        if self.struck.get(style) or (text and all(struck for text, struck in runs if text.strip())):
            return Struck
        if any(struck for text, struck in runs if text.strip()):
            return PARTLY_STRUCK
        return text if _shown_otherwise(cell, text) else None

    def _runs(self, node: Any, struck: bool) -> Iterator[tuple[str, bool]]:
        """Yield the texts of a paragraph, each with whether there is a line through it."""
        struck = struck or self.struck.get(node.get(f"{_TEXT}style-name", ""), False)
        yield node.text or "", struck
        for part in node.iterchildren("*"):
            yield from self._runs(part, struck)
            yield part.tail or "", struck

    def _filter(self, node: Any) -> None:
        if node.get(f"{_TABLE}display-filter-buttons") != "true":
            return
        ends = [end.rpartition(".") for end in node.get(f"{_TABLE}target-range-address", "").split(":")]
        sheet = self.sheets.get(ends[0][0].strip("'").replace("''", "'"))
        if sheet:
            sheet.filter = ":".join(place for _, _, place in ends)


def _cells(row: Any) -> Iterator[tuple[int, Any]]:
    """Yield each cell of a row by its column, from 0; one that stands for many, many times where it holds something."""
    column = 0
    for cell in row.iterchildren(f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
        many = _repeated(cell, "columns")
        if _holds(cell):
            yield from ((column + at, cell) for at in range(many))
        column += many


def _holds(cell: Any) -> bool:
    return cell.get(f"{_OFFICE}value-type") is not None or len(cell) > 0


def _repeated(node: Any, kind: str) -> int:
    return int(node.get(f"{_TABLE}number-{kind}-repeated", 1))


def _shown_otherwise(cell: Any, text: str) -> bool:
    """Tell whether a whole number is shown in other signs: with zeros in front, or set as a phone number."""
    if cell.get(f"{_OFFICE}value-type") != "float" or not _NUMBER_SHOWN.fullmatch(text):
        return False
    value = float(cell.get(f"{_OFFICE}value", "nan"))
    digits = re.sub(r"\D", "", text)
    return value >= 0 and value == int(digits) and text != str(int(digits))


def _comment(cell: Any) -> str:
    note = cell.find(f"{_OFFICE}annotation")
    if note is None or note.findtext(_CREATOR) == OWN_AUTHOR:
        return ""
    return "\n".join("".join(line.itertext()) for line in note.iterchildren(f"{_TEXT}p")).strip()
