"""The footer of an issued page: form, revision, page of pages, issue id, QR; DRAFT across a draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import atan2, cos, hypot, sin

from cmforms.acroform import MULTIPLY
from cmforms.resources import fonts
from cmforms.typeset import FontStack, Subset
from cmforms.values.documents import Mark
from cmforms.values.phrases import phrases

MARGIN = 54.0
QR_SIDE = 51.0  # 18 mm, its quiet zone included
QR_BOTTOM = 18.0
QUIET_ZONE = 4
_FOOT, _BELOW = 58.0, 47.0
_RIGHT_GAP = 9.0
_SIZE = 7.5
_DRAFT_GREY = b"0.88 g\n"
_DRAFT_HEAD_WIDTH, _DRAFT_HEAD_BELOW_TOP = 58.0, 20.0
_DRAFT_FACE = "NotoSans-Bold.ttf"


@dataclass(frozen=True, slots=True)
class Footer:
    """What is the same on every page of a document, and the page's size in points."""

    form: str
    revision: str
    issue: str
    lang: str
    draft: bool


def footing(footer: Footer, subset: Subset) -> tuple[bytes, bytes]:
    """Return what shows the two lines at the left, the form and the issue: the same on each page."""
    said = phrases(footer.lang)
    identity = "  ·  ".join((footer.form, said.revision.format(revision=footer.revision)))
    issue = said.issue.format(issue=footer.issue) + (f"  ·  {said.draft}" if footer.draft else "")
    return subset.show(identity, _SIZE, MARGIN, _FOOT), subset.show(issue, _SIZE, MARGIN, _BELOW)


def stamp(
    footer: Footer, foot: tuple[bytes, bytes], page: tuple[int, int], size: tuple[float, float],
    mark: Mark, subset: Subset,
) -> bytes:
    """Return the content stream of page (number, of) with this size in points, all of it an artifact."""
    said = phrases(footer.lang)
    corner = size[0] - MARGIN - QR_SIDE
    folio = said.page.format(page=page[0], pages=page[1])
    x = corner - _RIGHT_GAP - FontStack.default().width(folio, _SIZE)
    shown = (foot[0], subset.show(folio, _SIZE, x, _FOOT), foot[1])
    return b"".join((
        b"/Artifact<</Type/Pagination/Subtype/Footer>>BDC\nq\n",
        _draft(said.draft, *size) if footer.draft else b"",
        b"0 g\n", *shown, _qr(mark, corner), b"Q\nEMC\n",
    ))


def official_stamp(
    mark: Mark | None, corner: tuple[float, float] | None, size: tuple[float, float],
    matrix: Sequence[float], draft: str | None,
) -> bytes:
    """Return what an official page gets: the QR code in a blank corner, DRAFT in a language across a draft.

    `size` and `corner` are those of the page as shown, `matrix` leads to the page's own coordinates.
    """
    drawn = b""
    if draft:
        drawn = b"q\n%b gs\n%bQ\n" % (MULTIPLY.encode(), _draft(phrases(draft).draft, *size))
    if mark and corner:
        drawn += b"0 g\nq 1 0 0 1 %.2f %.2f cm\n%bQ\n" % (corner[0], corner[1] - QR_BOTTOM, _qr(mark, 0.0))
    turned = b" ".join(b"%.5g" % part for part in matrix)
    return b"/Artifact BMC\nq %b cm\n%bQ\nEMC\n" % (turned, drawn)


def issue_text(issue: str) -> str:
    """Return the issue id as people read it: `ABCDE-FGHJK`."""
    return f"{issue[:5]}-{issue[5:]}"


def _qr(mark: Mark, left: float) -> bytes:
    """Draw a QR code as an image mask within the content (ISO 32000-1, 8.9.7), a sample a module.

    Its rows stand there in hexadecimal digits, among which no reader can take anything for the end of the image.
    """
    count = mark.size
    unit = QR_SIDE / (count + 2 * QUIET_ZONE)
    side, x, y = unit * count, left + QUIET_ZONE * unit, QR_BOTTOM + QUIET_ZONE * unit
    head = b"q %.3f 0 0 %.3f %.3f %.3f cm\nBI/W %d/H %d/IM true/D[1 0]/F/AHx ID\n" % (side, side, x, y, count, count)
    return b"%b%b>\nEI\nQ\n" % (head, mark.samples.hex().encode())


@cache
def _draft(word: str, width: float, height: float) -> bytes:
    """Write the word across the page, where boxes may hide it, and in the top margin, where nothing does.

    It is drawn as outlines: who reads the text of a box must not meet letters that are none of the value's.
    """
    word_path = _outlines(word)
    across = hypot(width, height) * 0.62
    diagonal = _set_outlines(word_path, across, (width / 2, height / 2), atan2(height, width))
    head = _set_outlines(word_path, _DRAFT_HEAD_WIDTH, (width / 2, height - _DRAFT_HEAD_BELOW_TOP), 0.0)
    return b"q\n%b%b0.35 g\n%bQ\n" % (_DRAFT_GREY, diagonal, head)


def _set_outlines(
    outlines: tuple[bytes, float, float], length: float, centre: tuple[float, float], angle: float
) -> bytes:
    """Draw outlines so long, around a centre, turned by an angle in radians."""
    path, units, cap_height = outlines
    scale = length / units
    along, up = length / 2, cap_height * scale / 2
    x = centre[0] - along * cos(angle) + up * sin(angle)
    y = centre[1] - along * sin(angle) - up * cos(angle)
    matrix = (scale * cos(angle), scale * sin(angle), -scale * sin(angle), scale * cos(angle), x, y)
    return b"q %b cm\n%bf\nQ\n" % (b" ".join(b"%.5f" % value for value in matrix), path)


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
