"""Where fields stand on templates, and on documents made of their pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pikepdf
import pytest

from cmforms.build.pdf import build_pdf
from cmforms.definitions.layout import (
    TemplateLayout,
    assemble,
    issued_address,
    pages_from_roles,
    read_layout,
)
from cmforms.definitions.library import Library, load
from cmforms.definitions.schema import Form
from cmforms.errors import DefinitionError, InputError

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture(scope="module")
def sampler() -> Form:
    """A form with a group of 8 rows, 15 more on a continuation page."""
    return load(FIXTURES / "sampler.yaml", Form)


@pytest.fixture(scope="module")
def template(sampler: Form, library: Library, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sampler's template on disk."""
    path = tmp_path_factory.mktemp("templates") / "sampler.en.pdf"
    build_pdf(sampler, library.district, "en", path)
    return path


@pytest.fixture(scope="module")
def layout(template: Path) -> TemplateLayout:
    """The sampler's layout."""
    return read_layout(template)


def test_layout_names_every_field_of_the_form(layout: TemplateLayout, sampler: Form) -> None:
    found = {place.address for page in layout.main for place in page.places}
    rows = {f"contacts[{row}].{spec.name}" for row in range(8) for spec in sampler.groups["contacts"].fields}
    assert found == set(sampler.fields) | rows
    assert (layout.form, layout.lang) == ("sampler", "en")


def test_boxes_of_a_choice_have_options(layout: TemplateLayout) -> None:
    places = layout.pages[0].places
    assert [place.option for place in places if place.address == "decision"] == ["accept", "refuse"]
    assert [place.option for place in places if place.address == "told"] == [None]


def test_reading_twice_reads_the_file_once(template: Path, layout: TemplateLayout) -> None:
    assert read_layout(template) is layout


@pytest.mark.parametrize(("rows", "more"), [(0, 0), (8, 0), (9, 1), (23, 1), (24, 2)])
def test_continuation_pages_are_as_many_as_the_rows_need(
    layout: TemplateLayout, sampler: Form, rows: int, more: int
) -> None:
    roles = [page.role for page in assemble(layout, sampler, {"contacts": rows}, addenda=1)]
    assert roles == ["main"] * 3 + ["more:contacts"] * more + ["addendum"]


def test_issued_addresses_go_on_where_the_page_before_ended(layout: TemplateLayout, sampler: Form) -> None:
    pages = assemble(layout, sampler, {"contacts": 38}, addenda=2)
    addresses = [{place.address for place in page.places} for page in pages]
    assert {"contacts[8].on", "contacts[22].notes", "student_name@4"} <= addresses[3]
    assert {"contacts[23].on", "contacts[37].notes", "student_name@5"} <= addresses[4]
    assert {"addendum[0]"} <= addresses[5]
    assert {"addendum[1]", "student_number@7"} <= addresses[6]
    assert len(set().union(*addresses)) == sum(map(len, addresses))


def test_recorded_roles_give_the_same_pages(layout: TemplateLayout, sampler: Form) -> None:
    pages = assemble(layout, sampler, {"contacts": 9}, addenda=1)
    assert pages_from_roles(layout, sampler, [page.role for page in pages]) == pages


def test_role_that_the_template_lacks_is_refused(layout: TemplateLayout, sampler: Form) -> None:
    with pytest.raises(DefinitionError, match="no such page: more:visits"):
        pages_from_roles(layout, sampler, ["main", "more:visits"])


def test_main_addresses_stay(sampler: Form) -> None:
    assert issued_address("contacts[3].on", "main", 0, 2, sampler) == "contacts[3].on"


def test_template_without_its_root_field_is_refused(template: Path, tmp_path: Path) -> None:
    assert "one root field" in _faults(template, tmp_path, _drop_root)


def test_every_fault_of_a_template_is_told_at_once(template: Path, tmp_path: Path) -> None:
    faults = _faults(template, tmp_path, _spoil)
    assert "page 1: has no role" in faults
    assert "without /AP" in faults
    assert "rectangle" in faults


def test_file_that_is_no_pdf_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"not a PDF")
    with pytest.raises(DefinitionError, match="not a sound PDF"):
        read_layout(tmp_path / "a.pdf")


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_layout(tmp_path / "none.pdf")


def _faults(template: Path, folder: Path, spoil: Any) -> str:
    with pikepdf.open(template) as pdf:
        spoil(pdf)
        pdf.save(folder / "spoilt.pdf")
    with pytest.raises(DefinitionError) as refusal:
        read_layout(folder / "spoilt.pdf")
    return str(refusal.value)


def _drop_root(pdf: pikepdf.Pdf) -> None:
    pdf.Root.AcroForm.Fields = pdf.Root.AcroForm.Fields[0].Kids


def _spoil(pdf: pikepdf.Pdf) -> None:
    first, second, *_ = pdf.pages[0].obj.Annots
    left, bottom, right, top = first.Rect
    first.Rect = pikepdf.Array([left, top, right, bottom])
    del second["/AP"]
    del pdf.pages[0].obj["/PieceInfo"]
