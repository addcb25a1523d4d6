"""Documents put together for the printer: front sides, bookmarks, separators, fields apart."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest

from cmforms.errors import InputError
from cmforms.fill.merging import Piece, merge
from tests.conftest import ROOT

TEMPLATES = ROOT / "templates"


def _piece(case: str, form: str, school: str = "0201") -> Piece:
    return Piece(TEMPLATES / f"{form}.en.pdf", case, form, school)


def _open(data: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(data))


def test_each_document_starts_on_a_front_side() -> None:
    pieces = [_piece("A", "student-contract"), _piece("A", "placement-letter"), _piece("B", "placement-letter")]
    with _open(merge(pieces)) as merged, merged.open_outline() as outline:
        starts = [(case.title, [document.title for document in case.children]) for case in outline.root]
        places = [
            merged.pages.index(pikepdf.Page(document.destination[0]))
            for case in outline.root
            for document in case.children
        ]
    assert starts == [("A", ["student-contract", "placement-letter"]), ("B", ["placement-letter"])]
    assert [place % 2 for place in places] == [0, 0, 0]


def test_fields_of_equal_names_stay_apart() -> None:
    with _open(merge([_piece("A", "placement-letter"), _piece("B", "placement-letter")])) as merged:
        names = [str(field.T) for field in merged.Root.AcroForm.Fields]
    assert len(names) == len(set(names)) > 1


def test_a_sheet_parts_the_schools() -> None:
    pieces = [_piece("A", "placement-letter", "Heron & Søn"), _piece("B", "placement-letter", "Egret Middle")]
    from pypdf import PdfReader

    pages = PdfReader(io.BytesIO(merge(pieces, separators=True))).pages
    texts = [page.extract_text().strip() for page in pages]
    assert [text for text in texts if text in ("Heron & Søn", "Egret Middle")] == ["Heron & Søn", "Egret Middle"]
    assert texts.index("Egret Middle") % 2 == 0


def test_a_piece_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.pdf"):
        merge([Piece(tmp_path / "none.pdf", "A", "x", "0201")])
