"""Official forms after other tools: each writes an AcroForm in its own way, and each is read as it was filled in."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import pikepdf
import pypdf
import pytest
from pikepdf import Array, Dictionary, Name, String
from pypdf.generic import NameObject

from cmforms.acroform import form_fields
from cmforms.definitions.schema import Form
from cmforms.values.documents import FieldReading, Reading, Source, Status
from cmforms.values.kinds import Kind, Value
from cmforms.workflow.reading import read_own
from tests.official_forms import one_of_each
from tests.test_fill_official import PDF_FORMS, Office

ISSUED: dict[str, Value] = {"name": "Zoë Müller", "zip": "33101"}
TYPED = {"story": "Called twice.\nNobody came.", "upright": "added", "form1.copy": "twice", "state": "GA"}
MARKS = {"agree": "/On_1", "sex": "/#1(x)"}
ADDED: dict[str, Value] = {"story": TYPED["story"], "upright": "added", "copy": "twice", "state": "ga", "agree": True}
Maker = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(one_of_each().data(), tmp_path_factory.mktemp("makers"))


def by_pypdf(data: bytes, regenerate: bool = True, incremental: bool = False) -> bytes:
    if incremental:
        writer = pypdf.PdfWriter(io.BytesIO(data), incremental=True)
    else:
        writer = pypdf.PdfWriter(clone_from=io.BytesIO(data))
    values = {**{name.removeprefix("form1."): text for name, text in TYPED.items()}, "agree": MARKS["agree"]}
    for page in writer.pages:
        writer.update_page_form_field_values(page, values, auto_regenerate=regenerate)
        for annot in page.get("/Annots", ()):
            held = annot.get_object()
            parent = held.get("/Parent")
            if parent and parent.get_object().get("/T") == "sex" and MARKS["sex"] in held["/AP"]["/N"]:
                held[NameObject("/AS")] = NameObject(MARKS["sex"])
                parent.get_object()[NameObject("/V")] = NameObject(MARKS["sex"])
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def by_pypdf_without_drawing(data: bytes) -> bytes:
    return by_pypdf(data, regenerate=False)


def by_pypdf_appending(data: bytes) -> bytes:
    return by_pypdf(data, incremental=True)


def by_pikepdf(data: bytes, more: Callable[[pikepdf.Pdf], None] = lambda _pdf: None, **options: bool) -> bytes:
    """Set values alone and ask the next viewer to draw them, as Acrobat takes over data."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for field in form_fields(pdf):
            if field.name in TYPED:
                field.holders[0].V = String(TYPED[field.name])
            if field.name in MARKS:
                field.holders[0].V = Name(MARKS[field.name])
                for widget in field.widgets:
                    on = MARKS[field.name] in widget.held.AP.N
                    widget.held.AS = Name(MARKS[field.name]) if on else Name.Off
        pdf.Root.AcroForm.NeedAppearances = True
        more(pdf)
        pdf.save(out, **options)
    return out.getvalue()


def by_pikepdf_without_appearances(data: bytes) -> bytes:
    def bare(pdf: pikepdf.Pdf) -> None:
        for field in form_fields(pdf):
            for widget in field.widgets:
                if field.kind in ("Tx", "Ch") and "/AP" in widget.held:
                    del widget.held.AP

    return by_pikepdf(data, bare)


def by_pikepdf_in_utf16_and_streams(data: bytes) -> bytes:
    def other(pdf: pikepdf.Pdf) -> None:
        for field in form_fields(pdf):
            if field.name == "story":
                field.holders[0].V = pdf.make_stream(TYPED["story"].replace("\n", "\r").encode("utf-16"))
            if field.name == "upright":
                field.holders[0].V = String(b"\xfe\xff" + TYPED["upright"].encode("utf-16-be"))

    return by_pikepdf(data, other, linearize=True)


def by_pikepdf_with_xfa(data: bytes) -> bytes:
    """Leave an XFA form beside that says something else: the AcroForm counts."""

    def with_xfa(pdf: pikepdf.Pdf) -> None:
        xml = pdf.make_stream(b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'><name>Somebody Else</name></xdp:xdp>")
        pdf.Root.AcroForm.XFA = Array([String("datasets"), xml])

    return by_pikepdf(data, with_xfa)


def by_merging(data: bytes) -> bytes:
    """Put a foreign sheet before it, under names that a merging tool hangs below a root of its own."""

    def renamed(pdf: pikepdf.Pdf) -> None:
        root = pdf.make_indirect(Dictionary(T=String("doc0"), Kids=Array(pdf.Root.AcroForm.Fields)))
        for field in pdf.Root.AcroForm.Fields:
            field.Parent = root
        pdf.Root.AcroForm.Fields = Array([root])

    return by_pikepdf(data, renamed)


MAKERS: list[Maker] = [
    by_pypdf, by_pypdf_without_drawing, by_pypdf_appending, by_pikepdf, by_pikepdf_without_appearances,
    by_pikepdf_in_utf16_and_streams, by_pikepdf_with_xfa, by_merging,
]  # fmt: skip


def returned(office: Office, values: Mapping[str, Value], maker: Maker) -> Reading:
    with office.workspace.open_store() as store:
        path = office.issue(values, office.fill(values), store)
        path.write_bytes(maker(path.read_bytes()))
        [reading] = read_own(office.workspace, store, path)
    return reading


def by_origin(reading: Reading, origin: Source) -> dict[str, Value]:
    return {one.address: one.value for one in reading.fields if one.origin is origin}


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
def test_what_a_tool_filled_in_is_read(office: Office, maker: Maker) -> None:
    reading = returned(office, ISSUED, maker)
    assert (reading.kind, reading.subject, reading.findings) == ("pdf-form", "CM-1", ())
    assert by_origin(reading, Source.PRINTED) == ISSUED
    assert by_origin(reading, Source.ADDED) == {**ADDED, "sex": office.form.fields["sex"].options[2].value}


def test_what_a_tool_printed_flat_in_part_is_read(office: Office) -> None:
    """Its field is gone and its look is page content; the other fields are left."""

    def flattened(data: bytes) -> bytes:
        out = io.BytesIO()
        with pikepdf.open(io.BytesIO(data)) as pdf:
            [field] = [field for field in form_fields(pdf) if field.name == "name"]
            [widget] = field.widgets
            page = pdf.pages[widget.page - 1]
            left, bottom = widget.box[:2]
            page.add_resource(widget.held.AP.N, Name.XObject, Name.Flat)
            page.contents_add(f"q 1 0 0 1 {left} {bottom} cm /Flat Do Q".encode())
            page.obj.Annots = Array([annot for annot in page.obj.Annots if annot.objgen != widget.held.objgen])
            pdf.save(out)
        return out.getvalue()

    reading = returned(office, {**ISSUED, "agree": True}, flattened)
    assert by_origin(reading, Source.PRINTED) == {**ISSUED, "agree": True}
    assert [one.reader for one in reading.fields if one.address == "name"] == ["pdf-text"]
    assert {one.status for one in reading.fields} <= {Status.ACCEPTED, Status.BLANK}


def _first(form: Form, kinds: tuple[Kind, ...], count: int) -> list[str]:
    names = [name for name, spec in form.fields.items() if spec.type in kinds]
    return names[:count]


@pytest.mark.corpus
@pytest.mark.skipif(not PDF_FORMS, reason="the corpus of real forms is not beside the project")
@pytest.mark.parametrize("path", PDF_FORMS[2::4], ids=lambda path: path.stem)
def test_real_forms_filled_in_by_pypdf(path: Path, tmp_path: Path) -> None:
    own = Office(path.read_bytes(), tmp_path)
    names = _first(own.form, (Kind.TEXT,), 6)
    official = {name: spec.official.field for name, spec in own.form.fields.items() if spec.official}
    texts = {official[name]: str(number) for number, name in enumerate(names)}

    def filled(data: bytes) -> bytes:
        writer = pypdf.PdfWriter(clone_from=io.BytesIO(data))
        for page in writer.pages:
            for annot in page.get("/Annots", ()):
                held = annot.get_object()
                levels, level = [], held
                while level is not None:
                    levels.append(level)
                    level = level["/Parent"].get_object() if "/Parent" in level else None
                name = ".".join(str(one["/T"]) for one in reversed(levels) if "/T" in one)
                if name in texts:
                    holder = next(one for one in levels if "/T" in one)
                    holder[NameObject("/V")] = pypdf.generic.TextStringObject(texts[name])
        out = io.BytesIO()
        writer.write(out)
        return out.getvalue()

    reading = returned(own, {}, filled)
    added: dict[str, FieldReading] = {one.address: one for one in reading.fields if one.origin is Source.ADDED}
    assert {name: one.raw for name, one in added.items()} == {name: texts[official[name]] for name in names}
    assert {one.status for one in added.values()} <= {Status.ACCEPTED}
