"""The cells of one sheet, straight from its XML (ECMA-376 18.3.1): what openpyxl would give, ten times sooner.

openpyxl opens the workbook and knows its shared texts, formats and calendar; only the walk over the cells, which
takes nearly all of the time of reading, is done here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from lxml import etree
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils.datetime import from_excel, from_ISO8601

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_CELL, _VALUE, _FORMULA, _INLINE = ((f"{_MAIN}{name}", f"{_STRICT}{name}") for name in ("c", "v", "f", "is"))
_COORDINATE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_FIRST_OWN_FORMAT = 164
FORMULA, ERROR = "f", "e"


class SheetCell(NamedTuple):
    """A cell that holds something: `column` counts from 0; `kind` is FORMULA, ERROR or blank."""

    column: int
    value: Any
    kind: str = ""
    number_format: str = ""


def sheet_rows(sheet: Any) -> Iterator[tuple[int, list[SheetCell]]]:
    """Yield the number, from 1, and the cells of each row that holds something, one row at a time.

    `sheet` is a worksheet of a workbook that openpyxl opened read-only. Raises whatever a damaged file makes
    its parsers raise.
    """
    reader = _Reader(sheet)
    with sheet._get_source() as stream:
        number = 0
        rows = etree.iterparse(
            stream, events=("end",), tag=(f"{_MAIN}row", f"{_STRICT}row"), resolve_entities=False,
            no_network=True,
        )
        for _, row in rows:
            number = int(row.get("r") or number + 1)
            if cells := reader.cells(row):
                yield number, cells
            row.clear()
            while row.getprevious() is not None:
                del row.getparent()[0]


class _Reader:
    """Reads cells with what the workbook says of texts, formats and dates."""

    def __init__(self, sheet: Any) -> None:
        book = sheet.parent
        self._texts = sheet._shared_strings
        self._epoch = book.epoch
        self._dates = book._date_formats
        self._durations = book._timedelta_formats
        self._styles = book._cell_styles
        self._formats = book._number_formats
        self._columns: dict[str, int] = {}
        self._known_formats: dict[int, str] = {}

    def cells(self, row: Any) -> list[SheetCell]:
        """Return the cells of a row that hold something."""
        found = []
        column = -1
        for cell in row:
            if cell.tag not in _CELL:
                continue
            place = cell.get("r")
            column = self._column(place) if place else column + 1
            if (read := self._cell(cell, column)) is not None:
                found.append(read)
        return found

    def _column(self, place: str) -> int:
        letters = place.rstrip("0123456789")
        known = self._columns.get(letters)
        if known is None:
            if not _COORDINATE.fullmatch(place):
                raise ValueError(place)
            known = 0
            for letter in letters:
                known = known * 26 + ord(letter) - 64
            known = self._columns[letters] = known - 1
        return known

    def _cell(self, cell: Any, column: int) -> SheetCell | None:
        text = inline = None
        for part in cell:
            tag = part.tag
            if tag in _VALUE:
                text = part.text
            elif tag in _INLINE:
                inline = part
            elif tag in _FORMULA:
                return SheetCell(column, f"={part.text or ''}", FORMULA)
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return SheetCell(column, _inline_text(inline)) if inline is not None else None
        return self._typed(kind, text, int(cell.get("s") or 0), column) if text else None

    def _typed(self, kind: str, text: str, style: int, column: int) -> SheetCell | None:
        match kind:
            case "n":
                return self._number(text, style, column)
            case "s":
                return SheetCell(column, self._texts[int(text)])
            case "b":
                return SheetCell(column, bool(int(text)))
            case "d":
                return SheetCell(column, from_ISO8601(text))  # type: ignore[no-untyped-call]
            case "e":
                return SheetCell(column, text, ERROR)
        return SheetCell(column, text)

    def _number(self, text: str, style: int, column: int) -> SheetCell:
        number = float(text) if "." in text or "E" in text or "e" in text else int(text)
        if style not in self._dates:
            return SheetCell(column, number, "", self._format(style))
        try:
            return SheetCell(column, from_excel(number, self._epoch, timedelta=style in self._durations))
        except (OverflowError, ValueError):
            return SheetCell(column, "#VALUE!", ERROR)

    def _format(self, style: int) -> str:
        if style not in self._known_formats:
            number = self._styles[style].numFmtId
            own = number >= _FIRST_OWN_FORMAT
            found = self._formats[number - _FIRST_OWN_FORMAT] if own else BUILTIN_FORMATS.get(number, "General")
            self._known_formats[style] = str(found)
        return self._known_formats[style]


def _inline_text(inline: Any) -> str:
    """Join the runs of a text; how it is pronounced (`rPh`) is no part of it."""
    if len(inline) == 1 and len(inline[0]) == 0:
        return inline[0].text or ""
    parts = []
    for part in inline:
        name = part.tag.rpartition("}")[2] if isinstance(part.tag, str) else ""
        if name == "t":
            parts.append(part.text or "")
        elif name == "r":
            parts += [run.text or "" for run in part if isinstance(run.tag, str) and run.tag.endswith("}t")]
    return "".join(parts)
