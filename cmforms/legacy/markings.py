"""What an XLSX says beside its values (ECMA-376 part 1, 18.3 and 18.8), found without reading each cell in Python.

Regular expressions look only for cells of the few styles that matter; a sheet without any costs a pass over its bytes.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree
from openpyxl.styles.numbers import BUILTIN_FORMATS

from cmforms.errors import Finding, note
from cmforms.legacy.sheets import Struck, Unreadable, column_number, letter, listed

OWN_AUTHOR = "cmforms"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
_FIRST_OWN_FORMAT = 164
_PADDED = re.compile(r'(?:[0#() -]|\\.|"[^"]*")*0(?:[0#() -]|\\.|"[^"]*")*')
Place = tuple[int, int]


PARTLY_STRUCK = Unreadable("text", "holds text of which a part is struck through")


@dataclass(frozen=True)
class Markings:
    """The marks of one sheet; places are (row from 1, column from 0), rows and columns hidden are as shown."""

    date1904: bool | None = None
    instead: Mapping[Place, Any] = field(default_factory=dict)
    formats: Mapping[Place, str] = field(default_factory=dict)
    comments: Mapping[Place, str] = field(default_factory=dict)
    merged: tuple[str, ...] = ()
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[str, ...] = ()
    filter: str = ""

    def put_into(self, cells: list[list[Any]]) -> None:
        """Put what must not be taken for a value, and numbers as they are shown, into cells that begin at A1."""
        for (row, column), mark in self.instead.items():
            _grow(cells, row, column)
            held = cells[row - 1][column]
            cells[row - 1][column] = Struck(_text(held)) if mark is Struck else mark
        for (row, column), number_format in self.formats.items():
            if row <= len(cells) and column < len(cells[row - 1]):
                cells[row - 1][column] = shown(cells[row - 1][column], number_format)

    def findings(self, source: str, sheet: str) -> tuple[Finding, ...]:
        """Say what a person who looks at the sheet does not see."""
        said = []
        if self.hidden_rows:
            why = f", by the filter on {self.filter}" if self.filter else ""
            rows = listed([str(row) for row in self.hidden_rows])
            said.append(("rows-hidden", f"rows are hidden{why}, and are read all the same: {rows}"))
        elif self.filter:
            said.append(("sheet-filter", f"has a filter on {self.filter}, which hides no row now"))
        if self.hidden_columns:
            said.append(("columns-hidden", f"columns are hidden: {listed(self.hidden_columns)}"))
        if self.merged:
            said.append(
                ("cells-merged", f"cells are merged, and only the first of each holds the value: {listed(self.merged)}")
            )
        return tuple(note(code, message, source=source, sheet=sheet) for code, message in said)


@dataclass
class Gathered:
    """Marks of a sheet as they are found one after the other."""

    instead: dict[Place, Any] = field(default_factory=dict)
    formats: dict[Place, str] = field(default_factory=dict)
    comments: dict[Place, str] = field(default_factory=dict)
    merged: list[str] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[str] = field(default_factory=list)
    filter: str = ""

    def markings(self, date1904: bool) -> Markings:
        """Return them all."""
        return Markings(
            date1904, self.instead, self.formats, self.comments, tuple(self.merged), tuple(self.hidden_rows),
            tuple(self.hidden_columns), self.filter,
        )  # fmt: skip


def find_markings(path: Path) -> dict[str, Markings]:
    """Return the marks of each sheet of an XLSX or XLSM by its name; nothing for other kinds of files."""
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return {}
        package = Package(archive)
        book = package.xml("xl/workbook.xml")
        date1904 = any(node.get("date1904") in ("1", "true") for node in book.iter("{*}workbookPr"))
        styles, struck = _Styles.of(package.xml("xl/styles.xml")), _struck_texts(package)
        parts = package.targets("xl/workbook.xml")
        found = {}
        for node in book.iter("{*}sheet"):
            link = next((value for key, value in node.attrib.items() if key.endswith("}id")), "")
            if (part := parts.get(link, "")) in archive.namelist():
                found[node.get("name", "")] = _Scan(package, part, styles, struck).markings(date1904)
        return found


def shown(value: Any, number_format: str) -> Any:
    """Return a number as its cell shows it: zeros in front by `00000`, per cents by `0%`; else as it is."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return value
    if "%" in number_format:
        return f"{round(value * 100, 9):g}%"
    if value != int(value) or value < 0:
        return value
    return _filled(str(int(value)), re.sub(r'\\(.)|"([^"]*)"', r"\1\2", number_format.split(";")[0]))


def _filled(digits: str, pattern: str) -> str:
    """Set digits into the places of a pattern such as 000-00-0000, from the right."""
    places = len(re.findall("[0#]", pattern))
    rest = list(digits[-places:].rjust(places))
    made = "".join(
        (digit if (digit := rest.pop(0)) != " " else "0" * (sign == "0")) if sign in "0#" else sign for sign in pattern
    )
    return digits[:-places] + made


@dataclass(frozen=True)
class _Styles:
    """The numbers of the cell styles that matter: with their number format, or struck through."""

    formats: Mapping[int, str]
    struck: frozenset[int]

    @classmethod
    def of(cls, root: Any) -> _Styles:
        if root is None:
            return cls({}, frozenset())
        own = {int(node.get("numFmtId", 0)): node.get("formatCode", "") for node in root.iter("{*}numFmt")}
        fonts = [
            _on(font.find("{*}strike")) for fonts in root.iter("{*}fonts") for font in fonts.iterchildren("{*}font")
        ]
        formats, struck = {}, set()
        for xfs in root.iter("{*}cellXfs"):
            for number, style in enumerate(xfs.iterchildren("{*}xf")):
                code = int(style.get("numFmtId", 0))
                name = own.get(code) or BUILTIN_FORMATS.get(code, "")
                if matters(name):
                    formats[number] = name
                if (font := int(style.get("fontId", 0))) < len(fonts) and fonts[font]:
                    struck.add(number)
        return cls(formats, frozenset(struck))


def matters(number_format: str) -> bool:
    """Tell whether a number format shows a number in other digits than it has: zeros in front, per cents."""
    first = number_format.split(";")[0]
    return "%" in first or (first.count("0") > 1 and bool(_PADDED.fullmatch(first)))


def _on(node: Any) -> bool:
    return node is not None and node.get("val", "1") not in ("0", "false")


@dataclass(frozen=True)
class Package:
    """The parts of an Office file, and how they refer to one another (ECMA-376 part 2, 9)."""

    archive: zipfile.ZipFile

    def xml(self, part: str) -> Any:
        """Return a part's root, or None where the package has no such part."""
        if part not in self.archive.namelist():
            return None
        return etree.fromstring(self.archive.read(part), _PARSER)

    def targets(self, part: str, kind: str = "") -> dict[str, str]:
        """Return the parts that a part refers to by their ids, those of one kind alone if one is named."""
        folder, name = posixpath.split(part)
        root = self.xml(f"{folder}/_rels/{name}.rels")
        found = {}
        for link in root.iterchildren() if root is not None else ():
            if link.get("Type", "").endswith(kind) and link.get("TargetMode") != "External":
                found[link.get("Id", "")] = posixpath.normpath(
                    posixpath.join("/", folder, link.get("Target", ""))
                ).lstrip("/")
        return found


def _struck_texts(package: Package) -> dict[int, bool]:
    """Return the shared texts with lines through them: True where the whole text has."""
    part = next(iter(package.targets("xl/workbook.xml", "/sharedStrings").values()), "")
    if part not in package.archive.namelist() or b"strike" not in package.archive.read(part):
        return {}
    found = {}
    for number, text in enumerate(package.xml(part).iterchildren("{*}si")):
        runs = _runs(text)
        if any(runs):
            found[number] = all(runs)
    return found


def _runs(text: Any) -> list[bool]:
    return [
        _on(run.find("{*}rPr/{*}strike")) for run in text.iterchildren("{*}r") if (run.findtext("{*}t") or "").strip()
    ]


@dataclass(frozen=True)
class _Scan:
    """One sheet's XML, searched by its bytes."""

    package: Package
    part: str
    styles: _Styles
    struck: Mapping[int, bool]

    def markings(self, date1904: bool) -> Markings:
        """Find everything that the sheet says beside its values."""
        data = self.package.archive.read(self.part)
        found = re.search(rb"<(\w+:)?sheetData", data)
        prefix = (found[1] or b"") if found else b""
        columns = [
            node for node in re.findall(rb"<" + prefix + rb"col\s[^>]*>", data[:100_000]) if b'hidden="1"' in node
        ]
        rows = re.findall(rb"<" + prefix + rb"row\s[^>]*hidden=\"(?:1|true)\"[^>]*>", data)
        filters = re.search(rb"<" + prefix + rb"autoFilter\s[^>]*ref=\"([A-Z0-9:]+)\"", data)
        return Markings(
            date1904=date1904,
            instead=dict(self._instead(data, prefix)),
            formats=dict(self._styled(data, prefix, self.styles.formats)),
            comments=dict(self._comments()),
            merged=tuple(
                ref.decode() for ref in re.findall(rb"<" + prefix + rb"mergeCell\s[^>]*ref=\"([A-Z0-9:]+)\"", data)
            ),
            hidden_rows=tuple(int(number[1]) for row in rows if (number := re.search(rb'\br="(\d+)"', row))),
            hidden_columns=tuple(_span(node) for node in columns),
            filter=filters[1].decode() if filters else "",
        )

    def _styled(self, data: bytes, prefix: bytes, styles: Mapping[int, Any]) -> Iterator[tuple[Place, Any]]:
        """Yield the cells of the styles named, each with what the style maps to."""
        if not styles:
            return
        numbers = "|".join(map(str, styles)).encode()
        pattern = rb"<" + prefix + rb"c\s(?=[^>]*\bs=\"(" + numbers + rb")\")[^>]*\br=\"([A-Z]{1,3})(\d{1,7})\""
        for style, letters, row in re.findall(pattern, data):
            yield (int(row), column_number(letters.decode())), styles[int(style)]

    def _instead(self, data: bytes, prefix: bytes) -> Iterator[tuple[Place, Any]]:
        """Yield the cells whose value is none: struck through, in error, never calculated."""
        yield from self._styled(data, prefix, dict.fromkeys(self.styles.struck, Struck))
        if self.struck:
            yield from self._struck_cells(data, prefix)
        if b"strike" in data:
            yield from self._struck_inline(data, prefix)
        if b'"e"' not in data and b"<" + prefix + b"f" not in data:
            return
        end = rb"</" + prefix + rb"c>"
        inner = rb"((?:(?!" + end + rb").)*?<" + prefix + rb"f[\s/>].*?)"
        cell = re.compile(rb"<" + prefix + rb"c\s([^>]*)>" + inner + end, re.DOTALL)
        for attributes, inside in cell.findall(data):
            if not re.search(rb"<" + prefix + rb"v>[^<]", inside) and (place := _place(attributes)):
                formula = re.search(rb"<" + prefix + rb"f[^>]*>([^<]*)<", inside)
                text = etree.fromstring(b"<t>" + formula[1] + b"</t>").text if formula and formula[1] else ""
                yield place, Unreadable(f"={text}", "holds a formula that was never calculated")
        errors = re.compile(rb"<" + prefix + rb"c\s([^>]*\bt=\"e\"[^>]*)>.*?<" + prefix + rb"v>([^<]*)<", re.DOTALL)
        for attributes, value in errors.findall(data):
            if place := _place(attributes):
                yield place, Unreadable(value.decode(), f"holds the error {value.decode()}")

    def _struck_cells(self, data: bytes, prefix: bytes) -> Iterator[tuple[Place, Any]]:
        texts = re.compile(rb"<" + prefix + rb"c\s([^>]*\bt=\"s\"[^>]*)><" + prefix + rb"v>(\d+)<")
        for attributes, number in texts.findall(data):
            whole = self.struck.get(int(number))
            if whole is not None and (place := _place(attributes)):
                yield place, Struck if whole else PARTLY_STRUCK

    def _struck_inline(self, data: bytes, prefix: bytes) -> Iterator[tuple[Place, Any]]:
        """Yield the cells that hold their text themselves, with lines through it."""
        cell, inline = rb"<" + prefix + rb"c\s([^>]*\bt=\"inlineStr\"[^>]*)>", prefix + b"is>"
        texts = re.compile(cell + b"<" + inline + b"(.*?)</" + inline, re.DOTALL)
        root = re.search(rb"<" + prefix + rb"worksheet[^>]*>", data)
        for attributes, text in texts.findall(data):
            if root and b"strike" in text and (place := _place(attributes)):
                whole = root[0] + text + b"</" + prefix + b"worksheet>"
                runs = _runs(etree.fromstring(whole, _PARSER))
                if any(runs):
                    yield place, Struck if all(runs) else PARTLY_STRUCK

    def _comments(self) -> Iterator[tuple[Place, str]]:
        for part in self.package.targets(self.part, "/comments").values():
            root = self.package.xml(part)
            authors = [node.text or "" for node in root.iter("{*}author")] if root is not None else []
            for node in root.iter("{*}comment") if root is not None else ():
                author = int(node.get("authorId", 0))
                place = _place(b'r="' + node.get("ref", "").encode() + b'"')
                text = "".join(piece.text or "" for piece in node.iter("{*}t")).strip()
                if place and text and (author >= len(authors) or authors[author] != OWN_AUTHOR):
                    yield place, re.sub(r"^\[Threaded comment\].*?Comment:\s*", "", text, flags=re.DOTALL)


def _place(attributes: bytes) -> Place | None:
    found = re.search(rb'\br="([A-Z]{1,3})(\d{1,7})"', attributes)
    return (int(found[2]), column_number(found[1].decode())) if found else None


def _span(node: bytes) -> str:
    first, last = (int(edge) for edge in re.findall(rb'(?:min|max)="(\d+)"', node)[:2])
    return letter(first - 1) if first == last else f"{letter(first - 1)}:{letter(last - 1)}"


def _grow(cells: list[list[Any]], row: int, column: int) -> None:
    while len(cells) < row:
        cells.append([])
    cells[row - 1].extend([""] * (column + 1 - len(cells[row - 1])))


def _text(held: Any) -> str:
    return str(int(held)) if isinstance(held, float) and held == int(held) else str(held)
