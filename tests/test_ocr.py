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
from cmforms.read.ocr import Grey, Request, Sign, Usual, rapid, recognise, second_reader, tesseract, usual
from cmforms.read.ocr.calibration import certainty
from cmforms.read.ocr.equivalence import resembles, same_shapes
from cmforms.read.ocr.judging import near
from cmforms.read.ocr.likeness import Likeness, likeness
from cmforms.read.ocr.lines import Ink
from cmforms.read.ocr.repair import repaired
from cmforms.read.ocr.rivals import strongest
from cmforms.read.scan.drawing import flattened_layer
from cmforms.typeset import FontStack
from cmforms.values.documents import Bound
from cmforms.values.kinds import Kind

FORM, LANG, DPI = "student-contract", "en", 200
PRINTED = {
    "student_name": "Zoë Núñez-Samplewood", "student_id": "0900138", "school": "Egret Point Middle School",
    "social_worker_email": "h.okonjo@sawgrass.example",
}

TIRED = Usual(0.12, 0.07)
"""What the copier of `scanned` leaves over."""


@dataclass(frozen=True)
class Page:
    """The first page of a contract in grey, and where its fields stand."""

    pixels: Grey
    boxes: dict[str, tuple[int, int, int, int]]
    signs: dict[str, list[Sign]]

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
    boxes, signs, layer = {}, {}, flattened_layer(filled.data, 0)
    high = FontStack.default().metrics().line_height / scale
    foot = layout.height
    for place in layout.places:
        left, bottom, right, top = place.box
        edges = (left + 1.5, layout.height - top + 1.5, right - 1.5, layout.height - bottom - 1.5)
        x, y, *_ = boxes[place.address] = tuple(round(edge * scale) for edge in edges)
        signs[place.address] = [
            Sign(one.text, one.start * scale - x, (foot - one.baseline) * scale - y, (one.box[3] - one.box[1]) / high)
            for one in layer.inside(place.box)
            if not one.text.isspace()
        ]
    return Page(np.array(drawn).reshape(drawn.shape[:2]), boxes, signs)


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
        scanned(seen.crop(address)), DPI, Kind.TEXT, LANG, PRINTED[address], reference=issued.crop(address),
        usual=TIRED, signs=lambda: issued.signs[address],
    )  # fmt: skip


def faxed(pixels: Grey) -> Grey:
    """Return a crop as a fine fax gives it."""
    height, width = pixels.shape
    lines = cv2.resize(scanned(pixels), (width, height * 196 // DPI), interpolation=cv2.INTER_AREA)
    return cv2.resize(np.where(lines < 205, 0, 255).astype(np.uint8), (width, height), interpolation=cv2.INTER_LINEAR)


def test_issued_values_are_confirmed_by_their_pictures(issued: Page) -> None:
    found = recognise([request(address, issued, issued) for address in PRINTED])
    assert [(one.text, one.doubt, one.method) for one in found] == [(text, "", "picture") for text in PRINTED.values()]


@pytest.mark.parametrize(
    ("address", "now"),
    [("student_id", "0900188"), ("student_id", "900138"), ("student_name", "Zoe Núñez-Samplewood"),
     ("student_name", "Zoë Núñez-Samplewoad"), ("social_worker_email", "h.okonjo@sawgrass.exanple"),
     ("school", "Egret Polnt Middle School")],
)
def test_one_other_character_is_seen(library: Library, issued: Page, address: str, now: str) -> None:
    altered = page(library, PRINTED | {address: now})
    found = recognise([request(address, altered, issued)])[0]
    assert found.doubt.startswith(f"printed was {PRINTED[address]!r}; rapidocr reads")


@pytest.mark.parametrize(
    ("address", "now"),
    [("school", "Egret Polnt Middle School"), ("student_name", "Zoë Nuñez-Samplewood"), ("student_id", "0900188")],
)
def test_a_rival_is_told_from_the_issued_sign_even_on_a_fax(
    library: Library, issued: Page, address: str, now: str
) -> None:
    shares = []
    for shown in (issued, page(library, PRINTED | {address: now})):
        alike = likeness(Ink(faxed(shown.crop(address))).depth, issued.crop(address))
        assert alike
        assert alike.left
        shares.append(strongest(issued.signs[address], alike.left))
    assert shares[0] < 0.5 < shares[1]


def test_a_letter_with_an_accent_has_the_rivals_of_its_base(library: Library) -> None:
    issued, shown = (page(library, PRINTED | {"school": f"Egret Po{sign}nt Middle School"}) for sign in "íl")
    alike = likeness(Ink(faxed(shown.crop("school"))).depth, issued.crop("school"))
    assert alike
    assert alike.left
    assert strongest(issued.signs["school"], alike.left) > 0.5


def test_lines_that_a_fax_lost_say_nothing_of_print_and_hide_no_other_sign(library: Library, issued: Page) -> None:
    signs = issued.signs["student_id"]
    head = round(signs[0].y) - 12
    found = []
    for now in ("0900138", "0900188"):
        seen = scanned(page(library, PRINTED | {"student_id": now}).crop("student_id"))
        seen[head : head + 2] = seen[[head - 1, head + 2]].mean(axis=0)
        lost = np.zeros_like(seen)
        lost[head : head + 2] = 255
        found += [likeness(Ink(seen).depth, issued.crop("student_id"), rows) for rows in (None, lost)]
    torn, known, _, altered = ((one.worst, strongest(signs, one.left)) for one in found if one and one.left)
    assert known[0] < 0.5 * torn[0] < 0.15 < 0.5 < altered[0]
    assert known[1] < 0.1 < 0.75 < altered[1]


def test_what_lost_lines_may_hide_is_left_to_readers(issued: Page) -> None:
    asked = request("student_id", issued, issued)
    foot = round(issued.signs["student_id"][0].y)
    lost = np.zeros_like(asked.pixels)
    lost[foot - 15 : foot - 2] = 255
    hidden = replace(asked, lost=lost)
    unknown = replace(hidden, signs=tuple)
    assert [one.method for one in recognise([asked, hidden])] == ["picture", "picture+rapidocr+tesseract"]
    assert recognise([unknown])[0].doubt


def test_half_a_stroke_beside_lost_lines_is_doubted(issued: Page) -> None:
    asked = request("student_id", issued, issued)
    row = round(issued.signs["student_id"][0].y) - 9
    lost = np.zeros_like(asked.pixels)
    lost[row - 2 : row] = 255
    struck = asked.pixels.copy()
    struck[row : row + 2, 10:150] = np.minimum(struck[row : row + 2, 10:150], [[165], [215]])
    found = recognise([replace(asked, lost=lost), replace(asked, pixels=struck, lost=lost)])
    assert [bool(one.doubt) for one in found] == [False, True]


def test_part_of_a_line_is_enough_where_letters_leave_more_than_usual() -> None:
    usual = Usual(0.216, 0.049)  # measured on a fine fax that had made dots of the pencil which struck a value out
    struck, printed = Likeness(0.432, 0.111, 0.002, rival=0.08), Likeness(0.3, 0.111, 0.002, rival=0.08)
    assert [near(one, usual) for one in (struck, printed)] == [False, True]


def test_rivals_of_signs_in_other_scripts_are_not_known(issued: Page) -> None:
    alike = likeness(Ink(issued.crop("school")).depth, issued.crop("school"))
    assert alike
    assert alike.left
    signs = issued.signs["school"]
    assert strongest(signs, alike.left) < 0.1
    assert strongest([*signs, signs[0]._replace(text="\u674e")], alike.left) == np.inf


def test_what_is_usual_is_learned_outside_the_fields(issued: Page) -> None:
    boxes = list(issued.boxes.values())
    altered = scanned(issued.pixels)
    for left, top, right, bottom in boxes:
        altered[top:bottom, left:right] = 0
    found, clean = usual(altered, issued.pixels, boxes), usual(issued.pixels, issued.pixels, boxes)
    assert 0.5 * TIRED.worst < found.worst < 1.5 * TIRED.worst
    assert clean.worst < 0.05
    assert usual(altered, np.full_like(altered, 255), boxes) == Usual(0.1, 0.05)


@pytest.mark.parametrize(("grey", "width"), [(60, 3), (180, 2)], ids=["pen", "pencil"])
def test_a_line_through_a_name_is_seen(issued: Page, grey: int, width: int) -> None:
    struck = request("student_name", issued, issued)
    line = cv2.line(np.full_like(struck.pixels, 255), (4, 22), (300, 20), grey, width)
    np.minimum(struck.pixels, line, out=struck.pixels)
    assert recognise([struck])[0].doubt


def test_a_speck_on_print_is_dust_unless_it_may_be_a_stop(issued: Page) -> None:
    dusty, stop = request("student_id", issued, issued), request("student_id", issued, issued)
    first, second = issued.signs["student_id"][2:4]
    cv2.circle(dusty.pixels, (round(second.x), round(second.y) - 22), 1, (20,), -1)
    cv2.circle(stop.pixels, (round(second.x), round(second.y) - 2), 1, (20,), -1)
    assert first.x < second.x
    assert [one.method for one in recognise([dusty, stop])] == ["picture", "rapidocr+tesseract"]


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
    assert resembles("Fictlonelll, Thj, modem", "Fictionelli. Thị modern")
    assert not resembles("Quarler", "Quarter")
    assert not resembles("Room 118", "Room 113")


def test_dust_beside_a_value_is_not_writing_but_a_word_is(issued: Page) -> None:
    dusty, longer = request("school", issued, issued), request("school", issued, issued)
    cv2.circle(dusty.pixels, (450, 14), 1, (40,), -1)
    cv2.putText(longer.pixels, "no", (440, 24), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 0.7, (60,), 2)
    found = recognise([dusty, longer])
    assert found[0].method == "picture"
    assert not found[0].doubt
    assert found[1].doubt


def test_handwriting_is_never_taken_as_read(issued: Page) -> None:
    blank = np.full_like(issued.crop("school"), 245)
    for at, sign in enumerate("Room 12"):
        cv2.putText(blank, sign, (6 + 13 * at, 28 + at % 3), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 0.8, (70,), 2)
    found = recognise([Request(blank, DPI, Kind.TEXT, LANG)])[0]
    assert found.handwritten
    assert found.doubt.startswith("it seems to be written by hand")


@pytest.mark.parametrize(
    ("kind", "lang", "read", "text", "sound"),
    [
        (Kind.DATE, "en", "0ct l5, 2O26", "Oct 15, 2026", True),
        (Kind.DATE, "ht", "9 septanrn 2015", "9 septanm 2015", True),
        (Kind.DATE, "en", "16nov2013", "Nov 16, 2013", True),
        (Kind.DATE, "en", "Feb 30, 2026", "Feb 30, 2026", False),
        (Kind.TIME, "en", "3:O5 pm", "3:05 PM", True),
        (Kind.PHONE, "en", "(85O) 555-0l22", "(850) 555-0122", True),
        (Kind.PHONE, "en", "555-012", "555-012", False),
        (Kind.INTEGER, "en", "l0", "10", True),
        (Kind.DECIMAL, "en", "93.S", "93.5", True),
        (Kind.TEXT, "en", "Samplew0od", "Samplewood", True),
        (Kind.TEXT, "en", "Room 2O7", "Room 2O7", True),
        (Kind.TEXT, "en", "a.b @example .org", "a.b@example.org", True),
    ],
)
def test_what_a_reader_gives_is_put_right_where_it_can_be_one_thing(
    kind: Kind, lang: str, read: str, text: str, sound: bool
) -> None:
    found = repaired(kind, read, lang)
    assert (found.text, found.sound) == (text, sound)


def test_a_choice_is_the_only_one_that_it_is_near_to() -> None:
    schools = ["Egret Point Middle School", "Egret Point High School", "Live Oak Middle School"]
    assert repaired(Kind.TEXT, "Live 0ak Midle School", "en", schools).text == "Live Oak Middle School"
    assert not repaired(Kind.TEXT, "Egret Point School", "en", schools).sound


def test_certainty_rises_with_the_score_and_is_a_guess_for_what_was_never_counted() -> None:
    low, high = (certainty("scan", Kind.TEXT, "picture", score) for score in (0.7, 0.99))
    assert 0.9 < low <= high <= 1.0
    assert certainty("scan", Kind.TEXT, "a third reader", 0.99) == 0.5


def test_a_missing_model_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cmforms.read.ocr.rapid.find_spec", lambda _name: None)
    with pytest.raises(rapid.ReaderMissingError, match="holds 0"):
        rapid.the_model.__wrapped__()


def test_tesseract_without_its_data_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tesseract, "_FOLDERS", ())
    monkeypatch.delenv("TESSDATA_PREFIX", raising=False)
    assert tesseract.the_api.__wrapped__() is None
