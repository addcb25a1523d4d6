"""What an XLS says beside its values ([MS-XLS]), found by xlrd, which reads formats where calamine leaves them out."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cmforms.legacy.markings import OWN_AUTHOR, Markings, Place, matters
from cmforms.legacy.sheets import Struck, Unreadable, letter

_ERROR = 5
"""The type of a cell that holds an error (xlrd.XL_CELL_ERROR)."""


def find_xls_markings(path: Path) -> dict[str, Markings]:
    """Return the marks of each sheet of an XLS by its name; nothing for a file that xlrd does not take."""
    import xlrd

    try:
        book = xlrd.open_workbook(str(path), formatting_info=True, ragged_rows=True, logfile=_Silent())
    except (xlrd.XLRDError, AssertionError, ValueError, KeyError, IndexError, struct.error):
        return {}
    return {sheet.name: _markings(book, sheet) for sheet in book.sheets()}


class _Silent:
    """Takes what xlrd would print."""

    def write(self, _text: str) -> None:
        """Drop it."""


def _markings(book: Any, sheet: Any) -> Markings:
    styles = [book.format_map[xf.format_key].format_str for xf in book.xf_list]
    struck = [bool(book.font_list[xf.font_index].struck_out) for xf in book.xf_list]
    cells = list(_marked_cells(sheet, [matters(style) for style in styles], struck))
    hidden = [column for column, info in sorted(sheet.colinfo_map.items()) if info.hidden]
    return Markings(
        date1904=bool(book.datemode),
        instead=dict(_instead(sheet, cells, struck)),
        formats={place: styles[style] for place, style in cells if matters(styles[style])},
        comments={
            (row + 1, column): note.text.strip()
            for (row, column), note in sheet.cell_note_map.items()
            if note.text.strip() and note.author != OWN_AUTHOR
        },
        merged=tuple(
            f"{letter(left)}{top + 1}:{letter(right - 1)}{bottom}" for top, bottom, left, right in sheet.merged_cells
        ),
        hidden_rows=tuple(row + 1 for row, info in sorted(sheet.rowinfo_map.items()) if info.hidden),
        hidden_columns=tuple(map(letter, hidden)),
    )


def _marked_cells(sheet: Any, formatted: list[bool], struck: list[bool]) -> Iterator[tuple[Place, int]]:
    """Yield the place and the style of each cell that says more than its value."""
    for row in range(sheet.nrows):
        for column, kind in enumerate(sheet.row_types(row)):
            style = sheet.cell_xf_index(row, column)
            if kind == _ERROR or formatted[style] or struck[style]:
                yield (row + 1, column), style


def _instead(sheet: Any, cells: list[tuple[Place, int]], struck: list[bool]) -> Iterator[tuple[Place, Any]]:
    from xlrd.biffh import error_text_from_code

    for (row, column), style in cells:
        if sheet.cell_type(row - 1, column) == _ERROR:
            shown = error_text_from_code.get(sheet.cell_value(row - 1, column), "an error")
            yield (row, column), Unreadable(shown, f"holds the error {shown}")
        elif struck[style]:
            yield (row, column), Struck
