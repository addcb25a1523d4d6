"""Pages as pictures: scans, faxes and photos of an issued contract, marked, signed, altered, turned, curled, cut."""

from __future__ import annotations

import datetime as dt
import io
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pikepdf
import pypdfium2
import pytest
from click.testing import CliRunner
from PIL import Image
from zxingcpp import read_barcodes

from cmforms.cli.main import cli
from cmforms.definitions.layout import read_layout
from cmforms.definitions.library import Library, Root
from cmforms.errors import InputError
from cmforms.fill.pdf import fill_pdf
from cmforms.issue.identity import identify, verify_mark
from cmforms.issue.likeness import Line, Marks
from cmforms.read.crops import crops
from cmforms.read.documents import read_share_of, read_with
from cmforms.read.gaps import filling
from cmforms.read.reference import Known, Origin, Reference
from cmforms.read.scan.locating import locate
from cmforms.read.scan.lost_lines import lost_lines, mended
from cmforms.read.scan.marks import ACROSS, CROSSED, FADED, MAYBE_MARK, SHIFTED, STAMPED, TRACE, UNEVEN
from cmforms.read.scan.opening import Sheet, count_frames, open_frame
from cmforms.read.scan.page import HIDDEN, PALE_LOST, WORN
from cmforms.read.scan.picture_page import is_picture
from cmforms.read.shares import Share
from cmforms.values.documents import Bound, FieldReading, Issued, Reading, Source, Status
from cmforms.values.kinds import Value
from cmforms.workflow.redrawing import draw_again

ROOT = Path(__file__).resolve().parent.parent
KEY = b"key of the test"
FORM = "parent-contract"
DPI = 200
VALUES: dict[str, Value] = {
    "student_name": "Ana Muestra", "student_id": "0900138", "dob": dt.date(2010, 5, 4), "guardian_name": "Eva Ejemplo",
    "guardian_phone": "555-0142", "interpreter": "no", "school": "Egret Point Middle School", "grade": "08",
}

Pixels = np.ndarray[Any, np.dtype[np.uint8]]
Reply = dict[str, FieldReading]


@dataclass
class Office:
    """Issues the parent contract, and reads what comes back as pictures."""

    library: Library
    folder: Path
    issues: dict[str, Issued] = field(default_factory=dict)

    def issue(self, values: Mapping[str, Value] = VALUES) -> list[Pixels]:
        """Issue a contract and return its pages as printed."""
        form, template = self.library.form(FORM), self.library.template(FORM, "en", "pdf")
        identity = identify(form, "en", "CM-1", None, values, KEY)
        filled = fill_pdf(template, form, Bound(values, {}), identity, lang="en")
        self.issues[identity.issue] = Issued(
            identity.issue, FORM, form.revision, "en", "pdf", "CM-1", None, "", filled.pages, values, filled.printed
        )
        return printed(filled.data)

    def read(self, data: bytes, name: str = "returned.pdf") -> list[Reading]:
        path = self.folder / name
        path.write_bytes(data)
        return read_with(path, self.reference)

    @property
    def reference(self) -> Reference:
        lines = (Line(one.issue, one.form, one.revision, one.lang, len(one.pages)) for one in self.issues.values())
        return Reference(
            self.library, self.issues.get, partial(verify_mark, key=KEY),
            redraw=partial(draw_again, self.library, KEY), whose=Marks(lines, KEY).whose,
        )

    def fields(self, page: Pixels) -> Reply:
        """Read one page, scanned into a PDF."""
        [reading] = self.read(as_pdf([scanned(page)]))
        return {one.address: one for one in reading.fields}

    def spot(self, address: str, page: int, option: str | None = None) -> tuple[int, int, int, int]:
        """Return left, top, right, bottom of a field in pixels of a printed page."""
        layout = read_layout(self.library.template(FORM, "en", "pdf")).pages[page - 1]
        place = next(one for one in layout.places if one.address == address and option in (None, one.option))
        left, bottom, right, top = place.box
        height = layout.height
        return tuple(round(side * DPI / 72) for side in (left, height - top, right, height - bottom))  # type: ignore[return-value]


@pytest.fixture
def office(library: Library, tmp_path: Path) -> Office:
    return Office(library, tmp_path)


def printed(data: bytes) -> list[Pixels]:
    """Draw a file as a printer does, at three times the resolution of the scans."""
    document = pypdfium2.PdfDocument(data)
    document.init_forms()
    drawn = [page.render(scale=3 * DPI / 72, grayscale=True).to_numpy() for page in document]
    return [np.asarray(cv2.resize(page, (1700, 2200), interpolation=cv2.INTER_AREA), dtype=np.uint8) for page in drawn]


def scanned(page: Pixels, degrees: float = 0.4, seed: int = 1) -> Pixels:
    """Put a page on the glass a little askew: soft, greyish, noisy."""
    height, width = page.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 0.99)
    soft = cv2.GaussianBlur(cv2.warpAffine(page, turn, (width, height), borderValue=255), (0, 0), 0.8)
    grey = 30 + soft * 0.85 + np.random.default_rng(seed).normal(0, 4, page.shape)
    return np.clip(grey, 0, 255).astype(np.uint8)


def photographed(page: Pixels) -> Pixels:
    """Photograph a curled page on a dark table, askew."""
    height, width = page.shape
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    curled = cv2.remap(page, across, down + 25 * np.sin(np.pi * across / width), cv2.INTER_LINEAR, borderValue=255)
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float32)
    seen = np.array([(190, 140), (2010, 230), (1950, 2680), (120, 2580)], dtype=np.float32)
    view = cv2.getPerspectiveTransform(corners, seen)
    return np.asarray(cv2.warpPerspective(curled, view, (2150, 2800), borderValue=60), dtype=np.uint8)


def as_pdf(pages: Sequence[Pixels]) -> bytes:
    out = io.BytesIO()
    first, *others = (Image.fromarray(page) for page in pages)
    first.save(out, "PDF", save_all=True, append_images=others, resolution=DPI, quality=85)
    return out.getvalue()


def as_file(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def pen(page: Pixels, *points: tuple[float, float], grey: int = 40, width: int = 4) -> None:
    cv2.polylines(page, [np.array(points, dtype=np.int32)], False, (grey,), width, cv2.LINE_AA)


def letter(plate: Pixels, text: str, at: tuple[int, int]) -> None:
    cv2.putText(plate, text, at, cv2.FONT_HERSHEY_SIMPLEX, 1.0, (160,), 3, cv2.LINE_AA)


def sign(page: Pixels, spot: tuple[int, int, int, int], grey: int = 40) -> None:
    """Scribble a name over a line."""
    left, top, _, bottom = spot
    t = np.linspace(0, 1, 60)
    wave = (top + bottom) / 2 + (bottom - top) * 0.3 * np.sin(31 * t) * (1 - 0.5 * t)
    pen(page, *zip(left + 20 + 180 * t, wave, strict=True), grey=grey, width=3)


def test_a_scan_is_read_as_issued_and_as_signed(office: Office) -> None:
    first, _, third = office.issue()
    sign(third, office.spot("guardian_signature", 3))
    sign(third, office.spot("student_signature", 3), grey=150)
    x0, y0, x1, y1 = office.spot("decision", 3, "accept")
    pen(third, (x0 + 3, y0 + 3), (x1 - 3, y1 - 3))
    pen(third, (x1 - 3, y0 + 3), (x0 + 3, y1 - 3))
    upside_down = np.ascontiguousarray(np.rot90(scanned(third), 2))
    [reading] = office.read(as_pdf([upside_down, scanned(first, seed=2)]))
    assert (reading.kind, reading.parts[0].numbers) == ("scan", (3, 1))
    read = {one.address: one for one in reading.fields}
    for address, value in VALUES.items():
        assert (read[address].value, read[address].status) == (value, Status.ACCEPTED), address
        assert (read[address].residual or 1) < 0.3
    assert (read["guardian_signature"].raw, read["student_signature"].raw) == ("ink", "ink")
    assert read["social_worker_signature"].status is Status.BLANK
    assert (read["decision"].value, read["decision"].origin) == ("accept", Source.ADDED)
    assert read["guardian_address"].status is Status.BLANK


def test_marks_that_may_mean_two_things_are_for_a_person(office: Office) -> None:
    third = office.issue()[2]
    for option in ("accept", "refuse"):
        x0, y0, x1, y1 = office.spot("decision", 3, option)
        pen(third, (x0 + 3, y0 + 8), (x0 + 9, y1 - 4), (x1 - 3, y0 + 3))
    x0, y0, x1, y1 = office.spot("services_explained", 3)
    cv2.ellipse(third, ((x0 + x1) // 2, (y0 + y1) // 2), (22, 20), 0, 0, 360, 40, 3, cv2.LINE_AA)
    x0, y0, x1, y1 = office.spot("refusal_explained", 3)
    cv2.circle(third, ((x0 + x1) // 2, (y0 + y1) // 2), 3, 30, -1)
    x0, y0, x1, y1 = office.spot("consequences_explained", 3)
    for step in range(-8, 32, 5):
        pen(third, (x0 - 9, y0 + step), (x1 + 9, y0 + step + 6), width=5)
    read = office.fields(third)
    doubts = {address: read[address].doubt for address in (
        "decision", "services_explained", "refusal_explained", "consequences_explained",
    )}  # fmt: skip
    assert doubts["decision"] == "2 options are marked"
    assert "circled" in doubts["services_explained"]
    assert "may or may not" in doubts["refusal_explained"]
    assert "crossed out" in doubts["consequences_explained"]
    assert read["questions_answered"].status is Status.BLANK


def test_what_may_be_a_stroke_is_neither_signed_nor_blank(office: Office) -> None:
    third = office.issue()[2]
    sign(third, office.spot("guardian_signature", 3), grey=232)
    left, top, _, bottom = office.spot("student_signature", 3)
    drop = np.zeros_like(third)
    cv2.circle(drop, (left + 90, (top + bottom) // 2), 17, 70, -1)
    stained = cv2.subtract(third, cv2.GaussianBlur(drop, (0, 0), 4))
    read = office.fields(np.asarray(stained, dtype=np.uint8))
    for address in ("guardian_signature", "student_signature"):
        assert (read[address].status, read[address].raw) == (Status.REVIEW, ""), address
    assert read["social_worker_signature"].status is Status.BLANK


def test_a_border_that_slipped_into_its_box_is_no_mark(office: Office) -> None:
    third = office.issue()[2]
    x0, y0, x1, _ = office.spot("services_explained", 3)
    pen(third, (x0 + 3, y0 + 4), (x1 - 3, y0 + 4), width=2)
    read = office.fields(third)["services_explained"]
    assert (read.status, read.raw, "may or may not" in read.doubt) == (Status.REVIEW, "", True)


def test_a_stamp_over_a_line_is_no_signature(office: Office) -> None:
    third = office.issue()[2]
    left, top, _, bottom = office.spot("guardian_signature", 3)
    plate = np.zeros_like(third)
    cv2.rectangle(plate, (left + 30, top - 40), (left + 430, top + 85), (160,), 4)
    letter(plate, "RECEIVED", (left + 60, bottom - 12))
    letter(plate, "COPIA", (left + 60, office.spot("social_worker_signature", 3)[3] - 12))
    middle = (left + 230.0, float(top))
    turned = np.asarray(cv2.warpAffine(plate, cv2.getRotationMatrix2D(middle, 3, 1), third.shape[::-1]), dtype=np.uint8)
    x0, _, _, y1 = office.spot("services_explained", 3)
    letter(turned, "FILED", (x0 - 68, y1 - 2))
    sign(third, office.spot("student_signature", 3))
    read = office.fields(np.asarray(cv2.subtract(third, turned), dtype=np.uint8))
    doubts = {address: read[address].doubt for address in ("guardian_signature", "social_worker_signature")}
    assert doubts == {"guardian_signature": ACROSS, "social_worker_signature": STAMPED}
    assert (read["services_explained"].status, read["services_explained"].raw) == (Status.REVIEW, "")
    assert read["student_signature"].raw == "ink"


def test_short_faint_lines_may_be_writing_together(office: Office) -> None:
    third = office.issue()[2]
    left, top, _, bottom = office.spot("guardian_signed_on", 3)
    for x in range(left + 20, left + 176, 26):
        pen(third, (x, top + 14), (x + 2, bottom - 20), grey=222, width=2)
    assert office.fields(third)["guardian_signed_on"].doubt == TRACE


def test_a_box_that_lies_elsewhere_is_not_judged(office: Office) -> None:
    third = office.issue()[2]
    x0, y0, x1, y1 = office.spot("questions_answered", 3)
    third[y0 - 4 : y1 + 12, x0 - 4 : x1 + 4] = np.roll(third[y0 - 4 : y1 + 12, x0 - 4 : x1 + 4], 7, axis=0)
    read = office.fields(third)
    assert (read["questions_answered"].doubt, read["services_explained"].doubt) == (SHIFTED, "")


def test_a_pale_signature_is_found_beside_a_darker_speck(office: Office) -> None:
    third = office.issue()[2]
    left, top, _, bottom = spot = office.spot("guardian_signature", 3)
    sign(third, spot, grey=195)
    middle = (top + bottom) // 2
    third[middle : middle + 4, left + 260 : left + 264] = 0
    assert office.fields(third)["guardian_signature"].raw == "ink"


def test_a_band_of_dirt_is_no_signature(office: Office) -> None:
    third = office.issue()[2]
    left, *_ = office.spot("guardian_signature", 3)
    random = np.random.default_rng(2)
    grain = cv2.GaussianBlur(random.normal(0, 60, third.shape), (0, 0), 1.2)
    dirt = cv2.GaussianBlur(random.normal(0, 1, (third.shape[0], 150)), (0, 0), 1.2)
    grain[:, left + 150 : left + 300] -= 60 * np.hanning(150) * (dirt / dirt.std() + 1.2).clip(0, 2)
    read = office.fields(np.clip(np.minimum(third, 245) + grain, 0, 255).astype(np.uint8))
    for address in ("guardian_signature", "student_signature", "social_worker_signature"):
        assert (read[address].status, read[address].raw) == (Status.REVIEW, ""), address


def faxed(pages: Sequence[Pixels]) -> bytes:
    """Send pages by a machine of 196 lines an inch."""
    black = [Image.fromarray(cv2.resize(scanned(page), (1734, 2156)) > 150) for page in pages]
    return as_file(black[0], "TIFF", save_all=True, append_images=black[1:], compression="group4", dpi=(204, 196))


def test_on_a_fax_ends_of_strokes_cross_out_and_rows_of_the_border_do_not(office: Office) -> None:
    pages = office.issue()
    for address in ("questions_answered", "services_explained"):
        x0, y0, x1, y1 = office.spot(address, 3)
        for start, end in ((x0 + 3, x1 - 3), (x1 - 3, x0 + 3)):
            pen(pages[2], (start, y0 + 3), (end, y1 - 3), width=7)
    pages[2][y0 - 5 : y0, x0 : x0 + 10] = pages[2][y1 : y1 + 5, x0 : x0 + 10] = 40
    x0, y0, x1, y1 = office.spot("questions_answered", 3)
    for x, y in ((x0 - 13, y0 + 6), (x1 + 9, y0 + 9), (x1 + 9, y1 - 4), (x0 + 8, y1 + 9)):
        pages[2][y : y + 3, x : x + 3] = 40
    [reading] = office.read(faxed(pages), "fax.tiff")
    read = {one.address: one for one in reading.fields}
    assert read["questions_answered"].doubt == CROSSED
    assert read["services_explained"].value is True


def test_a_stamp_that_a_fax_tore_is_no_signature(office: Office) -> None:
    pages = office.issue()
    left, _, _, bottom = office.spot("guardian_signature", 3)
    plate = np.zeros_like(pages[2])
    cv2.putText(plate, "Nov 17 2026", (left + 30, bottom - 12), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 1.6, (255,), 3)
    plate[np.random.default_rng(4).random(plate.shape) < 0.5] = 0
    pages[2][cv2.GaussianBlur(plate, (0, 0), 1) > 140] = 0
    sign(pages[2], office.spot("student_signature", 3))
    [reading] = office.read(faxed(pages), "fax.tiff")
    read = {one.address: one for one in reading.fields}
    assert (read["guardian_signature"].doubt, read["student_signature"].raw) == (STAMPED, "ink")


def test_nothing_is_blank_where_no_pale_stroke_would_show(office: Office) -> None:
    third = office.issue()[2]
    grain = cv2.GaussianBlur(np.random.default_rng(5).normal(0, 90, third.shape), (0, 0), 1.2)
    read = office.fields(np.clip(np.minimum(third, 225) + grain, 0, 255).astype(np.uint8))
    for address in ("guardian_signature", "guardian_signed_on", "questions_answered", "decision"):
        assert (read[address].status, read[address].doubt) == (Status.REVIEW, UNEVEN), address


def test_no_print_is_untouched_where_no_pen_would_show(office: Office) -> None:
    first = office.issue()[0]
    grain = cv2.GaussianBlur(np.random.default_rng(5).normal(0, 110, first.shape), (0, 0), 1.6)
    read = office.fields(np.clip(np.minimum(first, 215) + grain, 0, 255).astype(np.uint8))
    assert {read[address].status for address in VALUES} == {Status.REVIEW}
    assert read["grade"].doubt == HIDDEN


def test_nothing_is_blank_where_print_is_gone(office: Office) -> None:
    third = office.issue()[2]
    letters = cv2.connectedComponents((third < 160).astype(np.uint8))[1]
    third[(letters > 0) & (letters % 4 == 0)] = 255
    read = office.fields(third)
    for address in ("guardian_signature", "guardian_signed_on", "questions_answered"):
        assert (read[address].status, read[address].doubt) == (Status.REVIEW, FADED), address


def test_nothing_is_blank_where_greys_are_gone(office: Office) -> None:
    dark = 1 - scanned(office.issue()[2]) / 255.0
    [reading] = office.read(as_pdf([(255 - 255 * dark**2.2).astype(np.uint8)]))
    read = {one.address: one for one in reading.fields}
    for address in ("guardian_signature", "guardian_signed_on", "questions_answered"):
        assert (read[address].status, read[address].doubt) == (Status.REVIEW, FADED), address


def test_a_mark_printed_on_a_page_whose_greys_are_gone_has_not_changed(office: Office) -> None:
    dark = 1 - scanned(office.issue()[0]) / 255.0
    [reading] = office.read(as_pdf([(255 - 255 * dark**2.2).astype(np.uint8)]))
    read = {one.address: one for one in reading.fields}
    assert (read["interpreter"].status, read["interpreter"].doubt) == (Status.REVIEW, FADED)


def test_what_a_hard_copy_left_of_pencil_is_seen_in_its_box(office: Office) -> None:
    third = office.issue()[2]
    x0, y0, x1, y1 = office.spot("questions_answered", 3)
    pen(third, (x0 + 5, y0 + 6), (x1 - 5, y1 - 6), grey=251, width=3)
    [reading] = office.read(as_file(Image.fromarray(third), "PNG", dpi=(DPI, DPI)), "copy.png")
    read = {one.address: one for one in reading.fields}
    assert read["questions_answered"].doubt == MAYBE_MARK
    assert read["services_explained"].status is Status.BLANK


def test_a_mark_under_clouds_is_read_from_its_corner() -> None:
    code = np.asarray(cv2.QRCodeEncoder.create().encode("CM1 made up for this"), dtype=np.uint8)
    page = np.full((2200, 1700), 181, dtype=np.float64)
    page[2030:2117, 1450:1537] = np.where(cv2.resize(code, (87, 87), interpolation=cv2.INTER_NEAREST) > 0, 181, 82)
    clouds = cv2.GaussianBlur(np.random.default_rng(3).normal(0, 1, page.shape), (0, 0), 8)
    seen = np.clip(page + 60 * clouds / clouds.std(), 0, 255).astype(np.uint8)
    [found] = locate(Sheet(seen, DPI, "scan", measured=True))
    assert found.text == "CM1 made up for this"
    assert np.abs(found.corners[0] - (1456, 2036)).max() < 16


def test_altered_print_is_never_accepted(office: Office) -> None:
    other = office.issue({**VALUES, "student_id": "0900188", "interpreter": "yes"})[0]
    office.issues.clear()
    first = office.issue()[0]
    for address, option in (("student_id", None), ("interpreter", "no"), ("interpreter", "yes")):
        x0, y0, x1, y1 = office.spot(address, 1, option)
        first[y0:y1, x0:x1] = other[y0:y1, x0:x1]
    x0, y0, x1, y1 = office.spot("guardian_phone", 1)
    first[y0 + 4 : y1 - 4, x0 + 4 : x1 - 4] = 247
    x0, y0, x1, y1 = office.spot("school", 1)
    pen(first, (x0 + 6, (y0 + y1) / 2), (x0 + 260, (y0 + y1) / 2 + 4), width=3)
    read = office.fields(first)
    for address in ("student_id", "interpreter", "guardian_phone", "school"):
        assert read[address].status is Status.REVIEW, address
    assert read["student_name"].status is Status.ACCEPTED


def test_what_a_person_wrote_is_suggested_and_noted(office: Office) -> None:
    first = office.issue()[0]
    x0, _, _, y1 = office.spot("guardian_address", 1)
    cv2.putText(first, "12 Sample Lane", (x0 + 10, y1 - 8), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 1.1, 50, 2, cv2.LINE_AA)
    cv2.putText(first, "call me", (620, 1950), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 1.6, 60, 3, cv2.LINE_AA)
    [reading] = office.read(as_pdf([scanned(first)]))
    read = next(one for one in reading.fields if one.address == "guardian_address")
    assert (read.status, read.origin) == (Status.REVIEW, Source.ADDED)
    assert set(read.answers) >= {"rapidocr"}
    [noted] = [finding for finding in reading.findings if finding.code == "ink-beside"]
    assert noted.where.box
    assert noted.where.box[1] < 100 < noted.where.box[3]


def test_photos_and_faxes_are_read_too(office: Office) -> None:
    pages = office.issue()
    [photo] = office.read(as_file(Image.fromarray(photographed(pages[0])), "JPEG", quality=85), "photo.jpg")
    fax = [Image.fromarray(cv2.resize(scanned(page), (1734, 1078)) > 150) for page in pages[::2]]
    sent = as_file(fax[0], "TIFF", save_all=True, append_images=fax[1:], compression="group4", dpi=(204, 98))
    [faxed] = office.read(sent, "fax.tiff")
    assert (photo.kind, faxed.kind, faxed.pages) == ("photo", "fax", (1, 2))
    lost = {one.address: one.doubt for one in faxed.fields if one.status is Status.REVIEW}
    assert lost["questions_answered"] == lost["guardian_signature"] == PALE_LOST
    for reading in (photo, faxed):
        read = {one.address: one for one in reading.fields}
        sure = [address for address, value in VALUES.items() if read[address].status is Status.ACCEPTED]
        assert all(read[address].value == VALUES[address] for address in sure)
        assert len(sure) > len(VALUES) / 2


@pytest.mark.parametrize("repeated", [False, True])
def test_lines_that_a_fax_lost_are_drawn_again(office: Office, repeated: bool) -> None:
    page = office.issue()[0]
    black = np.where(cv2.resize(page, (1734, 1078), interpolation=cv2.INTER_AREA) < 190, 0, 255).astype(np.uint8)
    assert lost_lines(black) == []
    assert mended(black, []) is black
    assert lost_lines(black.repeat(2, axis=0)) == []
    torn = black.copy()
    *_, bottom = office.spot("student_name", 1)
    row = bottom * 98 // DPI - 12
    torn[row : row + 2] = torn[row - 1] if repeated else 255
    assert lost_lines(torn) == [(row - 1, row + 2)]
    whole = mended(torn, [(row - 1, row + 2)])
    assert np.array_equal(whole[row], black[[row - 1, row + 2]].mean(axis=0).astype(np.uint8))
    assert np.array_equal(np.delete(whole, (row, row + 1), axis=0), np.delete(black, (row, row + 1), axis=0))


def test_a_page_without_its_mark_is_known_by_its_foot(office: Office) -> None:
    (office.folder / "forms").mkdir()
    for form in (FORM, "offense-narrative"):
        shutil.copy(ROOT / "forms" / f"{form}.yaml", office.folder / "forms")
        shutil.copy(ROOT / "templates" / f"{form}.en.pdf", office.folder)
    office.library = Library([Root(office.folder / "forms", office.folder)])
    first, second, _ = office.issue()
    first[2030:2170, 1380:1560] = 255
    second[1950:] = 255
    letter = np.full((2200, 1700), 255, dtype=np.uint8)
    cv2.putText(letter, "Dear Sir or Madam", (200, 400), cv2.FONT_HERSHEY_SIMPLEX, 2, 0, 4)
    blank = np.full((2200, 1700), 252, dtype=np.uint8)
    contract, rest = office.read(as_pdf([scanned(first), letter, blank, scanned(second)]))
    assert (contract.issue, contract.parts[0].numbers) == (next(iter(office.issues)), (1,))
    assert [finding.code for finding in contract.findings if finding.where.page == 3] == ["page-blank"]
    assert (rest.kind, rest.pages) == ("unknown", (2, 4))


@pytest.mark.parametrize("turned", [False, True])
def test_a_page_whose_mark_is_too_worn_to_decode_is_known_by_its_likeness(office: Office, turned: bool) -> None:
    second = scanned(office.issue()[1])
    second[2015:2140:9, 1400:1560] = 230
    second[2015:2050, 1480:1560] = 230
    second[900:1300, 300:1200] = np.random.default_rng(2).integers(0, 255, (400, 900))
    page = np.rot90(second, 2) if turned else second
    [reading] = office.read(as_pdf([page]))
    assert (reading.issue, reading.parts[0].numbers) == (next(iter(office.issues)), (2,))
    assert "mark-worn" in [finding.code for finding in reading.findings]
    assert {one.doubt for one in reading.fields if one.address in ("academic_goal", "behavior_goal")} == {WORN}
    office.issues.clear()
    [reading] = office.read(as_pdf([page]))
    assert reading.issue is None


def test_a_page_that_nothing_tells_is_a_finding_that_says_which_it_may_be(office: Office) -> None:
    first, second, third = (scanned(page) for page in office.issue())
    second[1950:] = 230
    second[1150:1250] = 10
    blank = np.full((2200, 1700), 252, dtype=np.uint8)
    contract, rest = office.read(as_pdf([first, blank, second, third]))
    assert (contract.pages, rest.pages) == ((1, 4), (3,))
    [perhaps] = [one for one in contract.findings if one.code == "page-perhaps"]
    assert perhaps.where.page == 3
    assert f"page 2 of {contract.issue}" in perhaps.message


def test_only_what_looks_like_the_lacking_page_may_be_it(office: Office) -> None:
    first, _, third = (scanned(page) for page in office.issue())
    letter = np.full((2200, 1700), 255, dtype=np.uint8)
    for line in range(200, 2000, 60):
        cv2.putText(letter, f"Dear Sir or Madam, {line}", (200, line), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 0, 2)
    contract, rest = office.read(as_pdf([first, letter, third]))
    assert (contract.pages, rest.pages) == ((1, 3), (2,))
    assert {"page-missing", "page-perhaps"} & {finding.code for finding in contract.findings} == {"page-missing"}


@pytest.mark.parametrize(
    ("pages", "found"),
    [
        ([(1, 4), None, None, (4, 4)], {1: 2, 2: 3}),
        ([(1, 4), None, (4, 4)], {}),
        ([None, (2, 3), None], {0: 1, 2: 3}),
        ([(3, 3), None], {}),
        ([None, None], {}),
        ([(1, None), None], {}),
        ([None, (None, 3)], {}),
        ([(1, 3), None, (None, 3)], {}),
    ],
)
def test_gaps_are_filled_where_just_as_many_pages_came(
    pages: list[tuple[int | None, int | None] | None], found: dict[int, int]
) -> None:
    origin = Origin("A", FORM, "1", "en")
    told = [page and Known(origin, *page) for page in pages]
    assert {index: known.page for index, known in filling(told)} == found


def test_a_gap_between_two_documents_holds_the_rest_of_one_and_the_beginning_of_the_other() -> None:
    one, other = Origin("A", FORM, "1", "en"), Origin("B", FORM, "1", "en")
    told = [Known(one, 2, 3), None, None, Known(other, 2, 2)]
    assert list(filling(told)) == [(1, Known(one, 3, 3)), (2, Known(other, 1, 2))]


@pytest.mark.parametrize("kind", ["pdf", "tiff"])
def test_a_long_file_is_read_alike_by_one_and_by_several(
    office: Office, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    pages = [scanned(office.issue(VALUES | {"student_id": f"090013{number}"})[1]) for number in range(2)]
    pages[1][2000:, 1400:1500] = 225
    tiff = io.BytesIO()
    first, second = map(Image.fromarray, pages)
    first.save(tiff, "TIFF", save_all=True, append_images=[second], dpi=(DPI, DPI))
    whole = office.read(as_pdf(pages) if kind == "pdf" else tiff.getvalue(), f"long.{kind}")
    monkeypatch.setattr("cmforms.read.desk.LONG", 2)
    monkeypatch.setattr("cmforms.read.shares.PAGES", 1)
    left: list[Share] = []
    path = office.folder / f"long.{kind}"
    own = read_with(path, replace(office.reference, share=left.extend))
    others = [one for share in left for one in read_share_of(path, share, office.reference)]
    assert (len(own), len(others)) == (1, 1)
    assert [*own, *others] == whole


def test_a_cut_page_says_which_fields_are_missing(office: Office) -> None:
    first = office.issue()[0]
    [reading] = office.read(as_pdf([scanned(np.ascontiguousarray(first[520:]))]))
    read = {one.address: one for one in reading.fields}
    assert "page-cut" in [finding.code for finding in reading.findings]
    assert (read["student_name"].status, read["student_name"].raw) == (Status.REVIEW, "")
    assert read["grade"].status is Status.ACCEPTED


def test_two_pages_on_a_sheet_are_refused(office: Office) -> None:
    first, second, _ = (cv2.resize(page, (1100, 1424), interpolation=cv2.INTER_AREA) for page in office.issue())
    sheet = np.full((1700, 2200), 255, dtype=np.uint8)
    sheet[100:1524, :1100], sheet[100:1524, 1100:] = first, second
    [both] = office.read(as_pdf([sheet]))
    assert (both.kind, "page-two-marks") == ("unknown", both.findings[0].code)
    faded = np.asarray(cv2.resize(sheet, (3300, 2550), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    faded[2000:2250:3, 3000:] = 255
    assert len([code for code in read_barcodes(faded) if code.valid]) == 1
    [both] = office.read(as_file(Image.fromarray(faded), "PNG", dpi=(300, 300)), "faded.png")
    assert "page-two-marks" in [finding.code for finding in both.findings]
    sheet[:, 1100:] = 255
    [one] = office.read(as_pdf([sheet]))
    assert "page-reduced" in [finding.code for finding in one.findings]
    assert {field.status for field in one.fields} == {Status.REVIEW}


def test_a_picture_of_something_else_with_the_mark_is_not_read(office: Office) -> None:
    first = office.issue()[0]
    first[:1900] = 255
    [reading] = office.read(as_file(Image.fromarray(first), "PNG"), "mark.png")
    assert "page-misplaced" in [finding.code for finding in reading.findings]
    assert {one.status for one in reading.fields} == {Status.REVIEW}


def test_crops_show_what_is_in_review(office: Office, tmp_path: Path) -> None:
    page = scanned(office.issue()[0])
    for name, data in (("one.pdf", as_pdf([page])), ("one.png", as_file(Image.fromarray(page), "PNG", dpi=(200, 200)))):
        (tmp_path / name).write_bytes(data)
        [cut] = crops(tmp_path / name, [(1, (60.0, 600.0, 160.0, 620.0))])
        assert Image.open(io.BytesIO(cut)).size == (311, 89)
    with pytest.raises(InputError, match="page 2"):
        list(crops(tmp_path / "one.png", [(2, (0.0, 0.0, 1.0, 1.0))]))


def test_the_command_writes_crops(tmp_path: Path) -> None:
    workspace, returned = tmp_path / "office", tmp_path / "letter.png"
    returned.write_bytes(as_file(Image.new("L", (850, 1100), 255), "PNG"))
    runner = CliRunner()
    assert runner.invoke(cli, ["init", str(workspace)]).exit_code == 0
    words = ["--workspace", str(workspace), "read", "--crops", str(tmp_path / "crops"), str(returned)]
    result = runner.invoke(cli, words)
    assert json.loads(result.stdout.splitlines()[0])["kind"] == "unknown"
    assert list((tmp_path / "crops").iterdir()) == []


@pytest.mark.parametrize(("data", "code"), [
    (b"\xff\xd8\xff\xe0 torn", "picture-damaged"),
    (as_file(Image.new("1", (20000, 20000)), "PNG"), "picture-too-large"),
    (as_file(Image.new("1", (14000, 12500)), "PNG"), "picture-too-large"),
    (as_file(Image.new("L", (40, 40)), "PNG")[:45], "picture-damaged"),
])  # fmt: skip
def test_hostile_pictures_are_refused_with_a_reason(data: bytes, code: str) -> None:
    with pytest.raises(InputError) as refused:
        [open_frame(data, index, "returned") for index in range(count_frames(data, "returned"))]
    assert [finding.code for finding in refused.value.findings] == [code]


@pytest.mark.parametrize(("image", "kind", "options", "grey"), [
    (Image.new("RGBA", (300, 400), (0, 0, 0, 0)), "PNG", {}, 255),
    (Image.fromarray(np.full((400, 300), 40000, dtype=np.uint16)), "PNG", {}, 155),
    (Image.new("RGB", (300, 400), "white"), "WEBP", {}, 255),
])  # fmt: skip
def test_pictures_of_any_make_come_in_grey_on_white(
    image: Image.Image, kind: str, options: dict[str, Any], grey: int
) -> None:
    found = open_frame(as_file(image, kind, **options), 0, "returned")
    assert (found.pixels.shape, int(np.median(found.pixels)), found.measured) == ((400, 300), grey, False)


def test_a_photo_is_turned_upright_and_says_so() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Maker"
    data = as_file(Image.new("L", (400, 300), 200), "JPEG", exif=exif, dpi=(200, 100))
    found = open_frame(data, 0, "returned")
    assert (found.kind, found.dpi, found.pixels.shape) == ("photo", 200.0, (400, 600))


def test_text_laid_unseen_over_a_scan_does_not_hide_that_it_is_one() -> None:
    with pikepdf.open(io.BytesIO(as_pdf([np.full((2200, 1700), 250, dtype=np.uint8)]))) as pdf:
        page = pdf.pages[0]
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        page.Resources["/Font"] = pikepdf.Dictionary(F1=pdf.make_indirect(font))
        out = {}
        for mode in (3, 0):
            text = " ".join(["word"] * 60)
            page.contents_add(f"BT /F1 3 Tf {mode} Tr 20 {20 + mode} Td ({text}) Tj ET".encode())
            held = io.BytesIO()
            pdf.save(held)
            drawn = pypdfium2.PdfDocument(held.getvalue())[0]
            out[mode] = is_picture(drawn, drawn.get_textpage().get_text_range())
    assert out == {3: True, 0: False}
