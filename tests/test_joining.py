"""Documents that came in several files: put together by their issue, and copies held against one another."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest

from cmforms.definitions.library import Library
from cmforms.read.joining import joined
from cmforms.values.documents import Reading, Status
from tests.test_read_pdf import LONG, VALUES, Office, by_address, by_pdfium, codes, edit, made, type_in, unequal

__all__ = ["made"]


@pytest.fixture
def office(made: Library, tmp_path: Path) -> Office:
    return Office(made, tmp_path)


def only(data: bytes, *pages: int) -> bytes:
    """Return a file with these pages alone, in this order."""

    def keep(pdf: pikepdf.Pdf) -> None:
        chosen = [pdf.pages[page - 1] for page in pages]
        del pdf.pages[:]
        pdf.pages.extend(chosen)

    return edit(data, keep)


def pile(office: Office, **files: bytes) -> list[Reading]:
    """Read each file by itself, then put the documents together."""
    readings = []
    for name, data in files.items():
        path = office.folder / f"{name}.pdf"
        path.write_bytes(data)
        readings += office.read_from(path)
    return joined(readings, office.library, office.issues.get)


@pytest.mark.parametrize("printed", [False, True])
def test_pages_in_two_files_are_one_document(office: Office, printed: bool) -> None:
    data = office.issue(VALUES)
    data = by_pdfium(data, office.folder) if printed else data
    [whole] = pile(office, one=only(data, 3, 1), two=only(data, 2))
    assert list(unequal(whole, VALUES)) == []
    assert [(Path(part.source).name, part.pages, part.numbers) for part in whole.parts] == [
        ("one.pdf", (1, 2), (3, 1)), ("two.pdf", (1,), (2,)),
    ]  # fmt: skip
    assert whole.findings == ()
    signature = by_address(whole)["parent_signature"]
    assert (Path(signature.source).name, signature.page) == ("two.pdf", 1)


def test_a_page_that_no_file_has_is_missing(office: Office) -> None:
    data = office.issue(VALUES)
    [whole] = pile(office, one=only(data, 1), two=only(data, 3))
    assert codes(whole) == ["page-missing"]
    assert "page 2 of 3" in whole.findings[0].message


def test_copies_that_say_the_same_are_a_note(office: Office) -> None:
    data = office.issue(VALUES)
    [whole] = pile(office, one=data, two=only(by_pdfium(data, office.folder), 1, 2))
    assert codes(whole) == ["page-duplicate"] * 2
    assert "page 1 came 2 times (in one.pdf, two.pdf), and the copies say the same" in whole.findings[0].message
    assert [field for field in whole.fields if field.status is Status.REVIEW] == []


def test_copies_that_differ_wait_for_a_person_with_both(office: Office) -> None:
    data = office.issue(VALUES)
    [whole] = pile(office, one=data, two=type_in(data, {"phone": "555-0100"}))
    phone = by_address(whole)["phone"]
    assert phone.status is Status.REVIEW
    assert "'' (one.pdf) and '555-0100' (two.pdf)" in phone.doubt
    assert sorted(set(codes(whole))) == ["page-duplicate", "value-doubtful"]
    assert sum("copies differ" in finding.message for finding in whole.findings) == 1


def test_a_long_text_goes_on_in_another_file(office: Office) -> None:
    values = VALUES | {"summary": LONG}
    data = by_pdfium(office.issue(values), office.folder)
    [issued] = office.issues.values()
    first = issued.pages.index("addendum")
    pages = range(1, len(issued.pages) + 1)
    [whole] = pile(office, one=only(data, *pages[:first]), two=only(data, *pages[first:]))
    assert list(unequal(whole, values)) == []
    assert whole.findings == ()


def test_the_same_file_counts_once(office: Office) -> None:
    data = office.issue(VALUES)
    [whole] = pile(office, one=data, two=data)
    assert codes(whole) == ["file-twice"]
    assert whole.value("student_name") == "Ana Muestra"
    assert len(whole.parts) == 1


def test_what_is_true_of_the_document_is_said_once(office: Office) -> None:
    data = office.issue(VALUES, draft=True)
    [whole] = pile(office, one=only(data, 1), two=only(data, 2, 3))
    assert codes(whole) == ["document-draft"]


def test_blank_forms_are_never_joined(office: Office) -> None:
    blank = office.library.template("sampler", "en", "pdf").read_bytes()
    first, second = pile(office, one=only(blank, 1), two=only(blank, 2))
    assert "page-missing" in codes(first)
    assert "page-missing" in codes(second)


def test_documents_of_two_cases_stay_apart(office: Office) -> None:
    other = VALUES | {"student_name": "Beto Ejemplo"}
    one, two = office.issue(VALUES), office.issue(other)
    first, second = pile(office, a=only(one, 1, 2), b=two, c=only(one, 3))
    assert list(unequal(first, VALUES)) == []
    assert list(unequal(second, other)) == []
    assert [len(first.parts), len(second.parts)] == [2, 1]
