"""The footer of an issued page: form, revision, page of pages, issue id, QR; DRAFT across a draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import atan2, cos, hypot, sin

from cmforms.fill.words import words
from cmforms.resources import fonts
from cmforms.typeset import FontStack, Subset

MARGIN = 54.0
QR_SIDE = 51.0  # 18 mm, its quiet zone included
QR_BOTTOM = 18.0
QUIET_ZONE = 4
_FOOT, _BELOW = 58.0, 47.0
_RIGHT_GAP = 9.0
_SIZE = 7.5
_DRAFT_GREY = b"0.88 g\n"
_DRAFT_FACE = "NotoSans-Bold.ttf"
_CHUNK = 16


@dataclass(frozen=True, slots=True)
class Footer:
    """What is the same on every page of a document, and the page's size in points."""

    form: str
    revision: str
    issue: str
    lang: str
    draft: bool


def stamp(
    footer: Footer, page: tuple[int, int], size: tuple[float, float], modules: Sequence[Sequence[bool]],
    subset: Subset,
) -> bytes:
    """Return the content stream of page (number, of) with this size in points, all of it an artifact."""
    said = words(footer.lang)
    corner = size[0] - MARGIN - QR_SIDE
    identity = "  ·  ".join((footer.form, said.revision.format(revision=footer.revision)))
    folio = said.page.format(page=page[0], pages=page[1])
    issue = said.issue.format(issue=footer.issue) + (f"  ·  {said.draft}" if footer.draft else "")
    shown = (
        subset.show(identity, _SIZE, MARGIN, _FOOT),
        subset.show(folio, _SIZE, corner - _RIGHT_GAP - FontStack.default().width(folio, _SIZE), _FOOT),
        subset.show(issue, _SIZE, MARGIN, _BELOW),
    )
    return b"".join((
        b"/Artifact<</Type/Pagination/Subtype/Footer>>BDC\nq\n",
        _draft(said.draft, *size) if footer.draft else b"",
        b"0 g\n", *shown, _qr(modules, corner), b"Q\nEMC\n",
    ))


def issue_text(issue: str) -> str:
    """Return the issue id as people read it: `ABCDE-FGHJK`."""
    return f"{issue[:5]}-{issue[5:]}"


def _qr(modules: Sequence[Sequence[bool]], left: float) -> bytes:
    """Draw all dark modules as one path with one fill; the unit is a module, (0, 0) the lower left one."""
    count = len(modules)
    unit = QR_SIDE / (count + 2 * QUIET_ZONE)
    starts = range(0, count, _CHUNK)
    rows = [
        b"".join([_runs(bits[at : at + _CHUNK], at) for at in starts]).replace(b"y", b"%d" % y)
        for y, bits in zip(range(count - 1, -1, -1), map(bytes, modules), strict=True)
    ]
    x, y = left + QUIET_ZONE * unit, QR_BOTTOM + QUIET_ZONE * unit
    return b"q %.5f 0 0 %.5f %.3f %.3f cm\n%bf\nQ\n" % (unit, unit, x, y, b"".join(rows))


@cache
def _runs(bits: bytes, start: int) -> bytes:
    """Return the rectangles of the dark runs of a part of a row, with `y` for the row."""
    runs = []
    at = bits.find(1)
    while at >= 0:
        end = bits.find(0, at)
        end = len(bits) if end < 0 else end
        runs.append(b"%d y %d 1 re\n" % (start + at, end - at))
        at = bits.find(1, end)
    return b"".join(runs)


@cache
def _draft(word: str, width: float, height: float) -> bytes:
    """Write the word from corner to corner, as outlines: no reader of the page's text meets its letters."""
    path, length, cap_height = _outlines(word)
    scale = hypot(width, height) * 0.62 / length
    angle = atan2(height, width)
    along, across = length * scale / 2, cap_height * scale / 2
    x = width / 2 - along * cos(angle) + across * sin(angle)
    y = height / 2 - along * sin(angle) - across * cos(angle)
    matrix = (scale * cos(angle), scale * sin(angle), -scale * sin(angle), scale * cos(angle), x, y)
    return b"q %b%b cm\n%bf\nQ\n" % (_DRAFT_GREY, b" ".join(b"%.5f" % value for value in matrix), path)


def _outlines(word: str) -> tuple[bytes, float, float]:
    """Return the word as a path in font units, its length and the height of its capitals."""
    import uharfbuzz as hb

    font = hb.Font(hb.Face((fonts() / _DRAFT_FACE).read_bytes()))
    buffer = hb.Buffer()
    buffer.add_str(word)
    buffer.guess_segment_properties()
    hb.shape(font, buffer)
    pen, at = _Pen(), 0.0
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        pen.shift = at
        font.draw_glyph_with_pen(info.codepoint, pen)
        at += position.x_advance
    return b"".join(pen.operators), at, font.face.upem * 0.714


class _Pen:
    """Takes outlines as path operators; a quadratic curve becomes a cubic one."""

    def __init__(self) -> None:
        self.operators: list[bytes] = []
        self.shift = 0.0
        self._at = (0.0, 0.0)

    def _write(self, operator: bytes, *points: tuple[float, float]) -> None:
        numbers = b" ".join(b"%.1f %.1f" % (x + self.shift, y) for x, y in points)
        self.operators.append(b"%b %b\n" % (numbers, operator))
        self._at = points[-1]

    def moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802 - the pen protocol's name
        self._write(b"m", point)

    def lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self._write(b"l", point)

    def qCurveTo(self, control: tuple[float, float], end: tuple[float, float]) -> None:  # noqa: N802
        first, second = (
            (base[0] + (control[0] - base[0]) * 2 / 3, base[1] + (control[1] - base[1]) * 2 / 3)
            for base in (self._at, end)
        )
        self._write(b"c", first, second, end)

    def curveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self._write(b"c", *points)

    def closePath(self) -> None:  # noqa: N802
        self.operators.append(b"h\n")
