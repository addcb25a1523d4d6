"""The cells of a workbook's sheets, straight from their XML (ECMA-376 18.3.1): what openpyxl would give, sooner.

openpyxl reads what the workbook says of shared texts, formats and calendar; the walk over the cells, which takes
nearly all of the time of reading, is done here: by pattern as far as a sheet is written as usual, else by lxml.
openpyxl's own sheets are not asked for: where a sheet does not say how large it is, it walks through all of it.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any, BinaryIO

from lxml import etree
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.datetime import from_excel, from_ISO8601

from cmforms.sources.cells import Cell
from cmforms.sources.rowtext import Parts, UnusualError, resolved, written_rows

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_CELL, _VALUE, _FORMULA, _INLINE = ((f"{_MAIN}{name}", f"{_STRICT}{name}") for name in ("c", "v", "f", "is"))
_LETTERS = re.compile("[A-Z]{1,3}")
_FIRST_OWN_FORMAT = 164
_MOMENTS = 4096
"""So many numbers and dates, of which a workbook repeats most, are kept as read."""


class Book:
    """A workbook that is open: its sheets of cells, in their order, hidden ones too."""

    def __init__(self, stream: BinaryIO) -> None:
        """Read what the sheets share. Raises whatever a damaged file makes its parsers raise."""
        reader = self.shared = ExcelReader(stream, read_only=True, keep_links=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reader.read_manifest()
            reader.read_strings()
            reader.read_workbook()
            apply_stylesheet(reader.archive, reader.wb)
        self.sheets = [
            Sheet(self, said.name, rel.target)
            for said, rel in reader.parser.find_sheets()
            if rel.target in reader.valid_files and "chartsheet" not in rel.Type
        ]

    def close(self) -> None:
        """Let the file go."""
        self.shared.archive.close()


class Sheet:
    """One sheet of cells, read from its first row each time that it is asked for."""

    def __init__(self, book: Book, title: str, part: str) -> None:
        self.title = title
        self._book = book
        self._part = part

    @cached_property
    def _cells(self) -> _Cells:
        return _Cells(self._book.shared)

    def rows(self) -> Iterator[tuple[int, list[Cell]]]:
        """Yield the number, from 1, and the cells of each row that holds something, one row at a time.

        Raises whatever a damaged file makes its parsers raise.
        """
        return ((number, cells) for number, cells in self._read() if cells)

    def column(self, wanted: int) -> Iterator[tuple[int, Cell]]:
        """Yield the number of each row with its cell of one column, counted from 0, where that holds something."""
        return ((number, cells[0]) for number, cells in self._read(wanted) if cells)

    def _read(self, wanted: int | None = None) -> Iterator[tuple[int, list[Cell]]]:
        """Yield the cells of all rows, or of one column."""
        done = 0
        try:
            with self._book.shared.archive.open(self._part) as stream:
                for number, parts in written_rows(stream):
                    yield number, self._cells.written(parts, wanted)
                    done += 1
        except UnusualError:
            for number, row in islice(self._elements(), done, None):
                yield number, self._cells.of(row, wanted)

    def _elements(self) -> Iterator[tuple[int, Any]]:
        with self._book.shared.archive.open(self._part) as stream:
            number = 0
            rows = etree.iterparse(
                stream, events=("end",), tag=(f"{_MAIN}row", f"{_STRICT}row"), resolve_entities=False,
                no_network=True,
            )
            for _, row in rows:
                number = int(row.get("r") or number + 1)
                yield number, row
                row.clear()
                while row.getprevious() is not None:
                    del row.getparent()[0]


class _Cells:
    """Reads cells with what the workbook says of texts, formats and dates."""

    def __init__(self, shared: ExcelReader) -> None:
        book: Any = shared.wb
        self._texts = shared.shared_strings
        self._epoch = book.epoch
        self._dates = book._date_formats
        self._durations = book._timedelta_formats
        self._styles = book._cell_styles
        self._formats = book._number_formats
        self._columns: dict[str, int] = {}
        self._known_formats: dict[int, str] = {}
        self._number = lru_cache(_MOMENTS)(self._number_of)

    def written(self, row: Sequence[Parts], wanted: int | None) -> list[Cell]:
        """Return the cells of a row, or of one column of it, that hold something. Raises UnusualError."""
        found = []
        for letters, style, kind, value, inline, _ in row:
            column = self._columns.get(letters)
            if column is None:
                column = self._column(letters)
            if wanted is not None and column != wanted:
                continue
            if kind == "inlineStr":
                found.append(Cell(column, _unescaped(resolved(inline))))
            elif value:
                found.append(self._typed(kind or "n", resolved(value), int(style or 0), column))
        return found

    def of(self, row: Any, wanted: int | None) -> list[Cell]:
        """Return the cells of a row element, or of one column of it, that hold something."""
        placed = self._placed(row)
        read = (self._cell(cell, column) for column, cell in placed if wanted is None or column == wanted)
        return [cell for cell in read if cell is not None]

    def _placed(self, row: Any) -> Iterator[tuple[int, Any]]:
        column = -1
        for cell in row:
            if cell.tag in _CELL:
                place = cell.get("r")
                column = self._column(place.rstrip("0123456789")) if place else column + 1
                yield column, cell

    def _column(self, letters: str) -> int:
        known = self._columns.get(letters)
        if known is None:
            if not _LETTERS.fullmatch(letters):
                raise ValueError(letters)
            known = 0
            for letter in letters:
                known = known * 26 + ord(letter) - 64
            known = self._columns[letters] = known - 1
        return known

    def _cell(self, cell: Any, column: int) -> Cell | None:
        text = inline = None
        for part in cell:
            tag = part.tag
            if tag in _VALUE:
                text = part.text
            elif tag in _INLINE:
                inline = part
            elif tag in _FORMULA:
                return Cell(column, f"={part.text or ''}", trouble="holds a formula; copy it and paste its value")
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return Cell(column, _unescaped(_inline_text(inline))) if inline is not None else None
        return self._typed(kind, text, int(cell.get("s") or 0), column) if text else None

    def _typed(self, kind: str, text: str, style: int, column: int) -> Cell:
        match kind:
            case "n":
                return Cell(column, *self._number(text, style)[1:])
            case "s":
                return Cell(column, _unescaped(self._texts[int(text)]))
            case "b":
                return Cell(column, bool(int(text)))
            case "d":
                return Cell(column, from_ISO8601(text))  # type: ignore[no-untyped-call]
            case "e":
                return _error(column, text)
        return Cell(column, _unescaped(text))

    def _number_of(self, text: str, style: int) -> Cell:
        """Read a number or a moment, as a cell of the first column."""
        number = float(text) if "." in text or "E" in text or "e" in text else int(text)
        if style not in self._dates:
            return Cell(0, number, self._format(style))
        try:
            return Cell(0, from_excel(number, self._epoch, timedelta=style in self._durations))
        except (OverflowError, ValueError):
            return _error(0, "#VALUE!")

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


def _error(column: int, text: str) -> Cell:
    return Cell(column, text, trouble=f"holds the error {text}")


def _unescaped(text: str) -> str:
    """Undo the `_xHHHH_` escapes of ECMA-376 22.9.2.19, as far as openpyxl leaves them."""
    if "_x" not in text:
        return text
    return re.sub(r"(_)x005F_(?=x[0-9A-Fa-f]{4}_)|_x000D_(?=\n)", lambda found: found[1] or "", text)
