"""Sheets from text: encoding and separator are found, and said when they are not the usual ones."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cmforms.errors import Finding, InputError, error, note, review
from cmforms.legacy.sheets import Book, Row, Sheet

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
LONGEST_FIELD = 2**20
SAMPLE = 2**18
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


@dataclass(frozen=True)
class Dialect:
    """How a text file is to be read."""

    encoding: str
    delimiter: str
    escape: str | None = None


@dataclass(frozen=True)
class TextRows:
    """The rows of a text file, read anew each time, one in memory at a time."""

    path: Path
    dialect: Dialect

    def __iter__(self) -> Iterator[tuple[int, Row]]:
        """Yield the line on which each row begins, and its cells. Raises InputError where it is no longer CSV."""
        csv.field_size_limit(LONGEST_FIELD)
        line = 1
        with self.path.open(encoding=self.dialect.encoding, newline="") as stream:
            dialect = self.dialect
            reader = csv.reader(stream, delimiter=dialect.delimiter, escapechar=dialect.escape, strict=True)
            try:
                for row in reader:
                    yield line, row
                    line = reader.line_num + 1
            except (csv.Error, UnicodeDecodeError) as trouble:
                raise InputError((_broken(self.path, line, trouble),)) from None


def open_text(path: Path) -> Book:
    """Open a CSV or TSV file. Raises InputError for one that is no text in any encoding that can be told."""
    encoding, said = _encoding(path)
    lines = _first_lines(path, encoding)
    delimiter = max(DELIMITERS, key=lambda each: _regularity(lines, each))
    escape = "\\" if _escaped(lines, delimiter) else None
    if delimiter != ",":
        said.append(note("csv-delimiter", f"its columns are separated by {DELIMITERS[delimiter]}", source=str(path)))
    if escape:
        said.append(note("csv-escape", 'writes a quotation mark inside a text as \\"', source=str(path)))
    return Book(str(path), (Sheet(str(path), None, TextRows(path, Dialect(encoding, delimiter, escape))),), tuple(said))


def _encoding(path: Path) -> tuple[str, list[Finding]]:
    """Take UTF-8 where the whole file is; else what its mark or its letters tell."""
    source = str(path)
    with path.open("rb") as stream:
        head = stream.read(SAMPLE)
    for mark, name in _MARKS:
        if head.startswith(mark):
            said = [] if name == "utf-8-sig" else [note("csv-encoding", f"is {name.upper()} text", source=source)]
            return name, said
    if b"\0" in head:
        raise InputError.because(
            "csv-not-text", "is not a text file", source=source, fix="Save the sheet as “CSV UTF-8”."
        )
    bad = _first_line_not_utf8(path)
    return ("utf-8", []) if bad is None else _guessed(path, bad)


def _first_line_not_utf8(path: Path) -> bytes | None:
    with path.open("rb") as stream:
        for line in stream:
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return line
    return None


def _guessed(path: Path, bad: bytes) -> tuple[str, list[Finding]]:
    """Tell an old encoding by its letters; what stands there is shown, so that a wrong one is seen."""
    from charset_normalizer import from_bytes

    with path.open("rb") as stream:
        head = stream.read(SAMPLE)
    candidates = ["cp1252", "mac_roman", "cp850", "cp1250", "cp437", "latin_1"]
    best = from_bytes(bad + head, cp_isolation=candidates).best()
    name = "cp1252" if best is None or _decodes(path, "cp1252", best.encoding) else best.encoding
    word = next((word for word in bad.decode(name, "replace").split() if not word.isascii()), "")
    return name, [
        review(
            "csv-encoding",
            f"is not UTF-8; it is read as {name}, in which one of its words is {_bare(word)!r}",
            source=str(path),
            fix="If that word looks wrong, save the sheet as “CSV UTF-8” and import that.",
        )
    ]


def _bare(word: str) -> str:
    return word.strip('",;|')


def _decodes(path: Path, usual: str, best: str) -> bool:
    """Tell whether the usual encoding says the same as the best guess, so that there is nothing to choose."""
    with path.open("rb") as stream:
        head = stream.read(SAMPLE)
    try:
        return head.decode(usual) == head.decode(best, "replace")
    except UnicodeDecodeError:
        return False


def _first_lines(path: Path, encoding: str) -> list[str]:
    with path.open(encoding=encoding, newline="", errors="replace") as stream:
        lines = stream.read(SAMPLE // 4).splitlines(keepends=True)
        whole = not stream.read(1)
    return lines if whole else lines[:-1] or lines


def _escaped(lines: list[str], delimiter: str) -> bool:
    """Tell whether quotation marks are escaped by a backslash: as CSV the text is broken, so it is not."""
    if not any('\\"' in line for line in lines):
        return False
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as trouble:
        return "expected after" in str(trouble)
    return False


def _regularity(lines: list[str], delimiter: str) -> tuple[float, int]:
    try:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
    except csv.Error:
        return 0, 0
    width, rows = max(((w, n) for w, n in widths.items() if w > 1), key=lambda pair: pair[1], default=(0, 0))
    return rows / max(1, widths.total()), width


def _broken(path: Path, line: int, trouble: Exception) -> Finding:
    reason = "text in another encoding begins" if isinstance(trouble, UnicodeDecodeError) else str(trouble)
    return error(
        "csv-broken",
        f"is not valid CSV: {reason}",
        source=str(path),
        line=line,
        fix="Look at this row: a quotation mark that is not closed is the usual cause.",
    )
