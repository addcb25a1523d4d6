"""The templates in the repository are the ones that `cmforms forms build` makes of the definitions beside them."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from cmforms.build.docx import build_docx
from cmforms.build.pdf import build_pdf
from cmforms.definitions.layout import Place, read_layout
from cmforms.definitions.library import Library
from tests.conftest import ROOT
from tests.test_cli import run

TEMPLATES = sorted(path for path in (ROOT / "templates").iterdir() if path.suffix in (".pdf", ".docx"))
NEAR = 0.5  # points; releases of WeasyPrint and Pango differ by less


def _built(committed: Path, library: Library, out: Path) -> Path:
    form, lang, kind = committed.name.split(".")
    build = build_pdf if kind == "pdf" else build_docx
    build(library.form(form), library.district, lang, out / committed.name)
    return out / committed.name


def _of_kind(suffix: str) -> pytest.MarkDecorator:
    paths = [path for path in TEMPLATES if path.suffix == suffix]
    return pytest.mark.parametrize("committed", paths, ids=lambda path: path.stem)


def test_there_is_a_template_for_each_form_and_language_and_no_other(library: Library) -> None:
    editions = [(form.id, lang) for form in library.forms() if not form.official for lang in form.languages]
    wanted = {f"{form}.{lang}.{kind}" for form, lang in editions for kind in ("pdf", "docx")}
    assert {path.name for path in TEMPLATES} == wanted


@_of_kind(".docx")
def test_word_templates_are_up_to_date(committed: Path, library: Library, tmp_path: Path) -> None:
    """Part by part: the packing differs between releases of zlib."""
    assert _parts(_built(committed, library, tmp_path)) == _parts(committed)


def _parts(path: Path) -> list[tuple[str, tuple[int, ...], bytes]]:
    with zipfile.ZipFile(path) as package:
        return [(part.filename, part.date_time, package.read(part)) for part in package.infolist()]


@_of_kind(".pdf")
def test_pdf_templates_are_up_to_date(committed: Path, library: Library, tmp_path: Path) -> None:
    built = _built(committed, library, tmp_path)
    if built.read_bytes() == committed.read_bytes():
        return
    assert list(_text(built)) == list(_text(committed))
    assert list(_spoken(built)) == list(_spoken(committed))
    for (role, place), (old_role, old) in zip(_places(built), _places(committed), strict=True):
        assert (role, place.address, place.option) == (old_role, old.address, old.option)
        assert place.box == pytest.approx(old.box, abs=NEAR), place.address


def _places(path: Path) -> list[tuple[str, Place]]:
    return [(page.role, place) for page in read_layout(path).pages for place in page.places]


def _spoken(path: Path) -> Iterator[str]:
    with pikepdf.open(path) as pdf:
        yield str(pdf.Root.Lang)
        yield from (str(widget.TU) for page in pdf.pages for widget in page.obj.Annots)


def _text(path: Path) -> Iterator[list[str]]:
    """Yield each page's words: where their lines break is the layout's business."""
    with pypdfium2.PdfDocument(path) as pdf:
        for page in pdf:
            yield page.get_textpage().get_text_bounded().split()


def test_build_command_makes_both_templates(tmp_path: Path) -> None:
    done = run("--workspace", _office(tmp_path), "forms", "build", "placement-letter", "--json")
    assert done.exit_code == 0, done.output
    assert len(json.loads(done.stdout)["built"]) == 6
    assert run("--workspace", tmp_path / "office", "forms", "check").exit_code == 0


def test_template_of_other_fields_is_a_fault(tmp_path: Path) -> None:
    office = _office(tmp_path)
    shutil.copy(ROOT / "templates" / "refusal-notice.en.pdf", office / "templates" / "placement-letter.en.pdf")
    done = run("--workspace", office, "forms", "check")
    assert done.exit_code == 1
    assert "placement-letter.en.pdf" in done.stderr


def _office(tmp_path: Path) -> Path:
    assert run("init", tmp_path / "office").exit_code == 0
    return tmp_path / "office"
