"""Official forms filled: shown by PDFium and Poppler, read back by pypdf, pikepdf and our own reader, never cut."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pikepdf
import pypdf
import pypdfium2
import pytest
from PIL import Image, ImageChops

from cmforms.acroform import form_fields, inherited, name_syntax
from cmforms.adopt.adoption import Adoption, Names
from cmforms.adopt.pdf import adopt_pdf
from cmforms.adopt.writing import definition_yaml
from cmforms.definitions.schema import FieldSpec, Form
from cmforms.fill.official_setting import OfficialBox, set_text
from cmforms.fill.pdf import fill_pdf
from cmforms.issue.identity import identify
from cmforms.store import Store
from cmforms.typeset import FontStack
from cmforms.values.documents import Bound, Filled, Issued, Source, Status
from cmforms.values.kinds import Kind, Value
from cmforms.workflow.reading import read
from cmforms.workflow.workspace import Workspace
from tests.official_forms import one_of_each

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
PDF_FORMS = sorted((CORPUS / "pdf-forms").glob("*.pdf"))
EACH: dict[str, Value] = {
    "name": "Zoë (A\\B) 王 Ёж", "dob": "05042010", "zip": "33101", "story": "one\n\ntwo שלום", "agree": True,
    "sex": "s", "state": "ga", "list": "option_8", "upright": "turned with the page", "copy": "twice",
}  # fmt: skip


class Office:
    """An adopted form in a workspace of its own."""

    def __init__(self, data: bytes, folder: Path) -> None:
        self.adoption: Adoption = adopt_pdf(data, Names("official", "en", "official.pdf"), "2026-01")
        self.form: Form = self.adoption.form
        self.workspace = Workspace.init(folder / "office")
        self.template = folder / "office" / "templates" / "official.en.pdf"
        self.template.write_bytes(self.adoption.template)
        (folder / "office" / "forms" / "official.yaml").write_bytes(definition_yaml(self.form))

    def fill(self, values: Mapping[str, Value], draft: bool = False) -> Filled:
        identity = identify(self.form, "en", "CM-1", None, values, self.workspace.key, draft)
        return fill_pdf(self.template, self.form, Bound(values, {}), identity, lang="en", draft=draft)

    def issue(self, values: Mapping[str, Value], filled: Filled, store: Store) -> Path:
        """Enter the document in the ledger and write it."""
        identity = identify(self.form, "en", "CM-1", None, values, self.workspace.key)
        digest = hashlib.sha256(filled.data).hexdigest()
        store.save_issues([Issued(
            identity.issue, "official", self.form.revision, "en", "pdf", "CM-1", None, digest, filled.pages, values,
            filled.printed,
        )])  # fmt: skip
        path = self.template.parent.parent / "returned.pdf"
        path.write_bytes(filled.data)
        return path


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    made = Office(one_of_each().data(), tmp_path_factory.mktemp("official"))
    EACH["list"] = made.form.fields["list"].options[8].value
    EACH["sex"] = made.form.fields["sex"].options[1].value
    return made


@pytest.fixture(scope="module")
def filled(office: Office) -> Filled:
    made = office.fill(EACH)
    assert made.findings == ()
    return made


def held(data: bytes) -> dict[str, str]:
    """Return the values by full name as pikepdf has them."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        found = {field.name: inherited(field.holders[0], "/V") for field in form_fields(pdf)}
        return {name: str(value) for name, value in found.items() if value is not None}


def held_by_pypdf(data: bytes) -> dict[str, str]:
    """Return the values by full name as pypdf has them; it takes a mapping name (/TM) for the name."""
    found: dict[str, str] = {}
    for page in pypdf.PdfReader(io.BytesIO(data)).pages:
        for annot in page.get("/Annots", ()):
            names, value, level = [], None, annot.get_object()
            while level is not None:
                names += [str(level["/T"])] if "/T" in level else []
                value = level.get("/V") if value is None else value
                level = level["/Parent"].get_object() if "/Parent" in level else None
            if value is not None:
                found[".".join(reversed(names))] = str(value)
    return found


def expected(spec: FieldSpec, value: Value, shown: str) -> str:
    """Return what /V must hold."""
    assert spec.official
    if spec.type is Kind.CHECK:
        return f"/{spec.official.on}"
    if spec.type is Kind.CHOICE:
        option = next(option for option in spec.options if option.value == value)
        return f"/{option.official}" if spec.boxes else str(option.official)
    return shown


def wrong(form: Form, values: Mapping[str, Value], filled: Filled) -> list[str]:
    """Name the fields that pypdf or pikepdf read otherwise than they were filled."""
    bad = []
    for found in (held(filled.data), held_by_pypdf(filled.data)):
        for name, value in values.items():
            spec = form.fields[name]
            assert spec.official
            got = found.get(spec.official.field, "")
            got = "/" + name_syntax(got) if got.startswith("/") else got
            if got != expected(spec, value, filled.printed[name]):
                bad.append(f"{name}: {got!r}")
    return bad


def by_pdfium(data: bytes, page: int) -> Image.Image:
    document = pypdfium2.PdfDocument(data)
    document.init_forms()
    drawn: Image.Image = document[page].render(scale=1).to_pil()
    return drawn.convert("L")


def by_poppler(data: bytes, page: int, folder: Path) -> Image.Image:
    (folder / "shown.pdf").write_bytes(data)
    only = ["-f", str(page + 1), "-l", str(page + 1), "-singlefile"]
    subprocess.run(["pdftoppm", "-r", "72", "-png", *only, "shown.pdf", "shown"], cwd=folder, check=True)
    return Image.open(folder / "shown.png").convert("L")


def unshown(office: Office, filled: Filled, folder: Path) -> list[str]:
    """Name the filled fields whose boxes look as in the blank, by either renderer."""
    bad = []
    with pikepdf.open(io.BytesIO(filled.data)) as pdf:
        fields = {field.name: field for field in form_fields(pdf)}
        pages = {w.page: pdf.pages[w.page - 1] for field in fields.values() for w in field.widgets}
        for number, page in pages.items():
            blank = office.adoption.template
            for draw in (by_pdfium, lambda data, at: by_poppler(data, at, folder)):
                change = ImageChops.difference(draw(blank, number - 1), draw(filled.data, number - 1))
                for name in filled.printed:
                    official = office.form.fields[name].official
                    assert official
                    boxes = [w.box for w in fields[official.field].widgets if w.page == number]
                    if boxes and filled.printed[name].strip() and not any(_ink(change, box, page) for box in boxes):
                        bad.append(name)
    return bad


def _ink(change: Image.Image, box: tuple[float, ...], page: pikepdf.Page) -> bool:
    from cmforms.acroform import displayed

    left, bottom, right, top = displayed(box, page)  # type: ignore[arg-type]
    area = change.crop((int(left), int(change.height - top), int(right) + 1, int(change.height - bottom) + 1))
    return bool(area.getextrema()[1] > 40)


def test_all_values_are_held_and_shown(office: Office, filled: Filled, tmp_path: Path) -> None:
    assert wrong(office.form, EACH, filled) == []
    assert unshown(office, filled, tmp_path) == []


def test_update_is_sound_and_the_same_each_time(office: Office, filled: Filled, tmp_path: Path) -> None:
    assert office.fill(EACH).data == filled.data
    assert filled.data.startswith(office.adoption.template)
    (tmp_path / "filled.pdf").write_bytes(filled.data)
    subprocess.run(["qpdf", "--check", tmp_path / "filled.pdf"], check=True, capture_output=True)


def test_our_reader_gives_the_values_and_the_identity_back(office: Office, filled: Filled) -> None:
    with office.workspace.open_store() as store:
        [reading] = read(office.workspace, store, [office.issue(EACH, filled, store)])
    assert (reading.form, reading.subject, reading.pages, reading.findings) == ("official", "CM-1", (1, 2), ())
    got = {field.address: field.value for field in reading.fields if field.origin is Source.PRINTED}
    assert got == EACH
    assert {field.address for field in reading.fields if field.status is Status.BLANK} == {"sign"}


def test_what_a_person_adds_or_alters_is_told_apart(office: Office) -> None:
    values: dict[str, Value] = {"name": "Ana", "state": "fl"}
    with office.workspace.open_store() as store:
        path = office.issue(values, office.fill(values), store)
        with pikepdf.open(path, allow_overwriting_input=True) as pdf:
            fields = {field.name: field for field in form_fields(pdf)}
            fields["name"].holders[0].V = "Eva"
            fields["state"].holders[0].V = "GA"
            fields["form1.copy"].holders[0].V = "added"
            button = fields["sex"].widgets[2].held
            button.AS = fields["sex"].holders[0].V = pikepdf.Name("/#1(x)")
            pdf.save(path)
        [reading] = read(office.workspace, store, [path])
    got = {field.address: (field.value, field.origin.value) for field in reading.fields}
    assert (got["name"], got["state"]) == (("Eva", "altered"), ("ga", "altered"))
    assert (got["copy"], got["sex"]) == (("added", "added"), (office.form.fields["sex"].options[2].value, "added"))


@pytest.mark.parametrize(
    ("address", "value", "code"),
    [
        ("zip", "331010", "value-too-long"),
        ("dob", "050420101", "value-too-long"),
        ("name", "long " * 60, "value-overflow"),
        ("story", "very long " * 400, "value-overflow"),
        ("name", "\U0001f9ff", "glyph-missing"),
    ],
)
def test_nothing_is_cut(office: Office, address: str, value: str, code: str) -> None:
    made = office.fill({address: value})
    assert made.data == b""
    assert [(finding.code, finding.where.path) for finding in made.findings] == [(code, address)]
    assert len(value) < 2 or value not in str(made.findings[0])


def test_qr_stands_in_a_blank_corner_only(filled: Filled) -> None:
    import zxingcpp

    pages = [pypdfium2.PdfDocument(filled.data)[page].render(scale=3).to_pil() for page in (0, 1)]
    codes = [[code.text for code in zxingcpp.read_barcodes(page)] for page in pages]
    assert [len(found) for found in codes] == [1, 0]
    assert codes[0][0].startswith("CM1 ")
    assert " 1/2 " in codes[0][0]


def test_draft_is_marked_on_every_page(office: Office) -> None:
    plain, draft = office.fill({"zip": "1"}), office.fill({"zip": "1"}, draft=True)
    for page in (0, 1):
        above_the_code = (0, 0, 600, 600)
        before, after = (by_pdfium(made.data, page).crop(above_the_code) for made in (plain, draft))
        assert ImageChops.subtract(before, after).getextrema()[1] > 10
        assert ImageChops.subtract(after, before).getextrema()[1] < 3, "the mark hides what is printed"


def test_border_background_comb_and_turn(filled: Filled) -> None:
    with pikepdf.open(io.BytesIO(filled.data)) as pdf:
        fields = [field for field in form_fields(pdf) if field.kind == "Tx"]
        looks = {field.name: [w.held.AP.N for w in field.widgets] for field in fields}
        assert b"1 1 0.8 rg" in looks["name"][0].read_bytes()
        assert b"0 0 1 RG" in looks["name"][0].read_bytes()
        assert looks["dob"][0].read_bytes().count(b" Tj") == 8
        assert [float(side) for side in looks["upright"][0].BBox] == [0, 0, 200, 18]
        assert len(looks["form1.copy"]) == 2
        buttons = {w.on: str(w.held.AS) for f in form_fields(pdf) if f.name == "sex" for w in f.widgets}
        assert buttons == {"A#20B": "/Off", "S#c3#ad": "/Sí", "#231#28x#29": "/Off"}


@pytest.mark.parametrize("align", [0, 1, 2])
@pytest.mark.parametrize("text", ["short", "a much longer text than that", "Ünï 王美丽 يوسف"])
def test_single_lines_stay_in_their_box(align: int, text: str) -> None:
    stack = FontStack.default()
    lines = set_text(stack, text, OfficialBox(120, 14, 1, 3, False, align, 0, 0))
    assert lines
    [line] = lines
    assert 2.99 <= line.x <= line.x + stack.width(text, line.size) <= 117.1
    assert 0 <= line.y < 14


def _values(form: Form, style: str) -> Iterator[tuple[str, Value]]:
    """Yield a value for each field: Unicode and line ends, or the longest text that is allowed."""
    for number, (name, spec) in enumerate(form.fields.items()):
        assert spec.official
        limit = spec.official.max_length
        long = "Ab3 de " * 60
        texts = {"unicode": "Zoë 王 Ёж يوسف", "longest": long[: limit or 12].strip()}
        lines = {"unicode": "Zoë Ünïcødé 王美丽\nsecond line", "longest": "first\n\nthird"}
        by_kind: dict[Kind, Value] = {
            Kind.CHECK: True, Kind.DATE: dt.date(2010, 5, 4), Kind.TIME: dt.time(9, 5), Kind.DECIMAL: 1234.5,
            Kind.LONGTEXT: lines[style][:limit],
        }  # fmt: skip
        if spec.type is Kind.CHOICE:
            yield name, spec.options[number % len(spec.options)].value
        elif spec.type is not Kind.SIGNATURE:
            yield name, by_kind.get(spec.type, texts[style][:limit])


@pytest.mark.corpus
@pytest.mark.skipif(not PDF_FORMS, reason="the corpus of real forms is not beside the project")
@pytest.mark.parametrize("style", ["unicode", "longest"])
@pytest.mark.parametrize("path", PDF_FORMS, ids=lambda path: path.stem)
def test_corpus(path: Path, style: str, tmp_path: Path) -> None:
    office = Office(path.read_bytes(), tmp_path)
    values = dict(_values(office.form, style))
    first = office.fill(values)
    # Boxes of two digits hold no sentence; that is a finding, and the rest must be right.
    assert {finding.code for finding in first.findings} <= {"value-overflow"}
    refused = {finding.where.path for finding in first.findings}
    assert len(refused) < len(values) / 3
    values = {name: value for name, value in values.items() if name not in refused}
    filled = office.fill(values)
    (tmp_path / "filled.pdf").write_bytes(filled.data)
    subprocess.run(["qpdf", "--check", tmp_path / "filled.pdf"], check=True, capture_output=True)
    assert wrong(office.form, values, filled) == []
    assert unshown(office, filled, tmp_path) == []
    with office.workspace.open_store() as store:
        [reading] = read(office.workspace, store, [office.issue(values, filled, store)])
    assert {f.address: f.value for f in reading.fields if f.origin is Source.PRINTED} == values


@pytest.mark.filterwarnings("ignore::pikepdf.PageCopyWarning")
@pytest.mark.parametrize("first", [0, 1])
def test_documents_of_two_people_in_one_file_are_read_apart(office: Office, tmp_path: Path, first: int) -> None:
    """A tool that merges keeps the properties of one file, which then say nothing of the other's pages.

    The second page of this form has no room for a mark, so it is nobody's.
    """
    held: list[dict[str, Value]] = [{"name": "Ana", "state": "fl"}, {"name": "Beto", "state": "ga"}]
    with office.workspace.open_store() as store:
        files = [office.fill(values).data for values in held]
        for values in held:
            office.issue(values, office.fill(values), store)
        with pikepdf.open(io.BytesIO(files[first])) as merged, pikepdf.open(io.BytesIO(files[1 - first])) as other:
            pages = [*other.pages, *merged.pages]
            del merged.pages[:]
            merged.pages.extend(pages)
            merged.save(tmp_path / "both.pdf")
        *known, stray = read(office.workspace, store, [tmp_path / "both.pdf"])
    names = [field.value for reading in known for field in reading.fields if field.address == "name"]
    assert names == [held[1 - first]["name"], held[first]["name"]]
    assert [field.doubt for reading in known for field in reading.fields if field.doubt] == []
    assert (stray.form, stray.pages) == (None, (2, 4))
