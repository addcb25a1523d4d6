"""Crops of the sample contract: as issued, altered, struck out, empty, and of texts that nobody issued."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import pypdfium2
import pytest

from cmforms.definitions.layout import read_layout
from cmforms.definitions.library import Library
from cmforms.fill.pdf import fill_pdf
from cmforms.issue.identity import identify
from cmforms.read.ocr import Grey, Request, recognise, second_reader
from cmforms.read.ocr.equivalence import nearly, same_shapes
from cmforms.values.documents import Bound
from cmforms.values.kinds import Kind

FORM, LANG, DPI = "student-contract", "en", 200
PRINTED = {
    "student_name": "Zoë Núñez-Samplewood", "student_id": "0900138", "school": "Egret Point Middle School",
    "social_worker_email": "h.okonjo@sawgrass.example",
}


@dataclass(frozen=True)
class Page:
    """The first page of a contract in grey, and where its fields stand."""

    pixels: Grey
    boxes: dict[str, tuple[int, int, int, int]]

    def crop(self, address: str) -> Grey:
        """Return the inside of a field's box."""
        left, top, right, bottom = self.boxes[address]
        return self.pixels[top:bottom, left:right]


def page(library: Library, values: dict[str, str]) -> Page:
    form, template = library.form(FORM), library.template(FORM, LANG, "pdf")
    bound = Bound(values, {})
    filled = fill_pdf(template, form, bound, identify(form, LANG, "CM-1", None, values, b"k" * 32), lang=LANG)
    layout, scale = read_layout(template).main[0], DPI / 72
    with pypdfium2.PdfDocument(filled.data) as document:
        document.init_forms()
        drawn = document[0].render(scale=scale, grayscale=True).to_numpy()
    boxes = {}
    for place in layout.places:
        left, bottom, right, top = place.box
        edges = (left + 1.5, layout.height - top + 1.5, right - 1.5, layout.height - bottom - 1.5)
        boxes[place.address] = tuple(round(edge * scale) for edge in edges)
    return Page(np.array(drawn).reshape(drawn.shape[:2]), boxes)


@pytest.fixture(scope="module")
def issued(library: Library) -> Page:
    return page(library, PRINTED)


def scanned(pixels: Grey) -> Grey:
    """Return a crop as a tired copier gives it: half a pixel off, soft, pale and noisy."""
    noise = np.random.default_rng(7).normal(0, 7, pixels.shape)
    shift = np.array(((1, 0, 0.6), (0, 1, -0.5)), np.float32)
    moved = cv2.warpAffine(pixels, shift, pixels.shape[::-1], borderValue=(248,))
    soft = cv2.GaussianBlur(moved, (0, 0), 0.8).astype(np.float32)
    return np.clip(245 - (255 - soft) * 0.8 + noise, 0, 255).astype(np.uint8)


def request(address: str, seen: Page, issued: Page) -> Request:
    return Request(
        scanned(seen.crop(address)), DPI, Kind.TEXT, LANG, PRINTED[address], reference=issued.crop(address)
    )


def test_issued_values_are_confirmed_by_their_pictures(issued: Page) -> None:
    found = recognise([request(address, issued, issued) for address in PRINTED])
    assert [(one.text, one.doubt, one.method) for one in found] == [(text, "", "picture") for text in PRINTED.values()]


@pytest.mark.parametrize(
    ("address", "now"),
    [("student_id", "0900188"), ("student_id", "900138"), ("student_name", "Zoe Núñez-Samplewood"),
     ("student_name", "Zoë Núñez-Samplewoad"), ("social_worker_email", "h.okonjo@sawgrass.exanple")],
)
def test_one_other_character_is_seen(library: Library, issued: Page, address: str, now: str) -> None:
    altered = page(library, PRINTED | {address: now})
    found = recognise([request(address, altered, issued)])[0]
    assert found.doubt.startswith(f"printed was {PRINTED[address]!r}; rapidocr reads")


def test_a_line_through_a_name_is_seen(issued: Page) -> None:
    struck = request("student_name", issued, issued)
    cv2.line(struck.pixels, (4, 22), (300, 20), 60, 3)
    assert recognise([struck])[0].doubt


def test_a_value_that_is_gone_is_told_from_a_blank(issued: Page) -> None:
    gone = request("school", issued, issued)
    gone = replace(gone, pixels=np.full_like(gone.pixels, 240))
    blank = replace(gone, expected="", reference=None)
    found = recognise([gone, blank])
    assert [(one.text, one.doubt) for one in found] == [
        ("", "printed was 'Egret Point Middle School', now the box is empty"), ("", ""),
    ]


@pytest.mark.skipif(not second_reader(), reason="needs Tesseract and its data")
def test_two_readers_must_agree_on_what_nobody_issued(issued: Page) -> None:
    unknown = replace(request("school", issued, issued), expected="", reference=None)
    found = recognise([unknown])[0]
    assert (found.text, found.doubt) == ("Egret Point Middle School", "")
    assert set(found.answers) == {"rapidocr", "tesseract"}


def test_one_reader_alone_accepts_nothing_new(issued: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cmforms.read.ocr.tesseract.available", lambda: False)
    unknown = replace(request("school", issued, issued), expected="", reference=None)
    found = recognise([unknown])[0]
    assert found.text == "Egret Point Middle School"
    assert found.doubt == "it is not certain what this says; rapidocr reads 'Egret Point Middle School'"


def test_shapes_that_readers_confuse_are_the_same_and_digits_never() -> None:
    assert same_shapes("09OO1O1", "0900101")
    assert same_shapes("IIlana", "Illana")
    assert not same_shapes("0900188", "0900138")
    assert not same_shapes("Samplewoad", "Samplewood")
    assert nearly("modem Jose.", "modern José")
    assert not nearly("2.4", "24")
