"""The identity of issued documents and the QR codes that carry it."""

from __future__ import annotations

import datetime as dt
import io

import numpy as np
import pytest
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cmforms.definitions.schema import Form
from cmforms.errors import DefinitionError, Finding
from cmforms.issue import qr
from cmforms.issue.identity import MarkRead, identify, payload_of, shown, verify_mark
from cmforms.issue.likeness import Line, Marks
from cmforms.png import modules_png
from cmforms.values.documents import Mark
from cmforms.values.kinds import Value

KEY = b"key of the test"
FORM = Form.model_validate({
    "id": "visit-note", "revision": "2026-01", "title": {"en": "Visit"}, "languages": ["en"], "cites": [],
    "sections": [{"id": "all", "blocks": [{"fields": [{"name": "student_name", "label": {"en": "Name"}}]}]}],
})
VALUES: dict[str, Value] = {"student_name": "Nguyễn Thị Ánh", "on": dt.date(2026, 3, 4), "here": True, "days": 3}
ASCII = st.characters(min_codepoint=1, max_codepoint=126)


def decode(png: bytes) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(png)).convert("L"))]


@pytest.mark.parametrize("length", range(1, qr.LONGEST + 1))
def test_every_length_decodes(length: int) -> None:
    payload = ("CM1 7ZK3Q /visit-note 2026 " * 5)[:length].replace(" ", "-")
    assert decode(modules_png(Mark(payload, *qr.modules(payload)).rows)) == [payload]


@settings(max_examples=150, deadline=None)
@given(st.text(ASCII, min_size=1, max_size=qr.LONGEST))
def test_modules_are_those_of_segno(payload: str) -> None:
    version = 4 if len(payload) <= 62 else 5 if len(payload) <= 84 else 6
    drawn = segno.make(payload.encode(), version=version, error="m", mask=2, mode="byte", boost_error=False)
    assert Mark(payload, *qr.modules(payload)).rows == tuple(map(bytes, drawn.matrix))


def test_too_long_a_payload_is_refused() -> None:
    with pytest.raises(DefinitionError, match="106 is the most"):
        qr.modules("x" * 107)


def test_png_has_a_quiet_zone_of_four_modules() -> None:
    picture = Image.open(io.BytesIO(modules_png(Mark("x", *qr.modules("x")).rows)))
    assert (picture.mode, picture.size) == ("1", (328, 328))
    assert all(picture.crop((0, 0, 328, 32)).get_flattened_data())


def test_the_same_content_has_the_same_identity() -> None:
    one = identify(FORM, "en", "CM-1", 0, VALUES, KEY, False)
    turned = dict(reversed(list(VALUES.items())))
    other = identify(FORM, "en", "CM-1", 0, turned, KEY, False)
    assert one == other
    assert one.mark(1, 2) == other.mark(1, 2)


@pytest.mark.parametrize("change", [
    {"lang": "es"}, {"subject": "CM-2"}, {"recipient": None}, {"values": {**VALUES, "days": 4}},
    {"key": b"another"}, {"draft": True},
])  # fmt: skip
def test_any_change_gives_another_issue(change: dict[str, object]) -> None:
    given = {"lang": "en", "subject": "CM-1", "recipient": 0, "values": VALUES, "key": KEY, "draft": False}
    assert identify(FORM, **given).issue != identify(FORM, **given | change).issue  # type: ignore[arg-type]


def test_a_mark_reads_back() -> None:
    identity = identify(FORM, "en", "CM-1", None, VALUES, KEY, False)
    mark = identity.mark(2, 13)
    assert decode(modules_png(mark.rows)) == [mark.payload]
    assert verify_mark(mark.payload, KEY) == MarkRead(identity.issue, "visit-note", "2026-01", "en", 2, 13)


def test_a_mark_that_lost_half_its_ink_is_known_by_its_likeness() -> None:
    lines = [Line(f"7ZK3Q{number:05}", "visit-note", "2026-01", "en", 2) for number in range(40)]
    payload = payload_of(*lines[7][:4], (2, 2), KEY)
    size, _ = qr.modules(payload)

    def sample(text: str) -> bytes:
        dark = np.frombuffer(b"".join(Mark(text, *qr.modules(text)).rows), dtype=np.uint8).astype(np.float64)
        worn = dark * (np.random.default_rng(4).random(dark.size) < 0.5)
        return (worn * 100 - 50).astype(np.int8).tobytes()

    samples = [bytes(size * size), sample(payload)]
    assert Marks(lines, KEY).whose(samples, size) == (1, payload)
    assert Marks(lines[:7] + lines[8:], KEY).whose(samples, size) is None
    assert Marks(lines, b"another key").whose(samples, size) is None
    assert Marks(lines, KEY).whose([sample(payload[:-5] + "00000")], size) is None
    assert Marks(lines, KEY).whose([b"no sample"], size) is None


def test_marks_hold_nothing_personal() -> None:
    payload = identify(FORM, "en", "CM-1", None, VALUES, KEY, False).mark(1, 1).payload
    assert len(payload.split()) == 7
    assert "CM-1" not in payload


@pytest.mark.parametrize(("old", "new", "code"), [
    ("1/2", "2/2", "mark-foreign"), ("visit-note", "visit-notes", "mark-foreign"),
    ("CM1", "CM2", "mark-unknown"), ("2026-01", "2026", "mark-unknown"), ("1/2", "١/٢", "mark-unknown"),
])  # fmt: skip
def test_changed_marks_are_refused(old: str, new: str, code: str) -> None:
    payload = identify(FORM, "en", "CM-1", None, VALUES, KEY, False).mark(1, 2).payload
    found = verify_mark(payload.replace(old, new), KEY)
    assert isinstance(found, Finding)
    assert found.code == code


def test_another_key_makes_foreign_marks() -> None:
    payload = identify(FORM, "en", "CM-1", None, VALUES, KEY, False).mark(1, 2).payload
    found = verify_mark(payload, b"another key")
    assert isinstance(found, Finding)
    assert found.code == "mark-foreign"


def test_an_issue_is_shown_in_two_halves() -> None:
    assert shown("ABCDEFGHJK") == "ABCDE-FGHJK"
