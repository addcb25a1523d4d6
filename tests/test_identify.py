"""What kind of file came back is told by its content; what cannot be read is said, with what to do."""

from __future__ import annotations

import io
import shutil
import zipfile
from functools import partial
from pathlib import Path

import pikepdf
import pytest

from cmforms.definitions.library import Library
from cmforms.errors import CmformsError, Finding, InputError
from cmforms.issue.identity import verify_mark
from cmforms.read.documents import read_file
from cmforms.read.identify import DOCX, PDF, XLSX, identify
from cmforms.values.documents import Reading

CORPUS = Path(__file__).resolve().parent.parent.parent / "shared" / "corpus"
WORD = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
SHEET = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
REFUSED = {
    "document-unknown", "pdf-damaged", "pdf-encrypted", "docx-damaged", "docx-foreign", "docx-encrypted",
    "docx-too-large", "file-type-unknown", "workbook-unknown", "workbook-damaged", "workbook-too-large",
}
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, data in parts.items():
            package.writestr({"types": "[Content_Types].xml"}.get(name, f"word/{name}.xml"), data)
    return out.getvalue()


def pdf(encryption: pikepdf.Encryption | None = None) -> bytes:
    out, made = io.BytesIO(), pikepdf.new()
    made.add_blank_page(page_size=(612, 792))
    made.save(out, encryption=encryption or False)
    return out.getvalue()


def read(path: Path, library: Library) -> list[Reading]:
    return read_file(path, library, lambda _issue: None, partial(verify_mark, key=b"key"))


def said(path: Path, library: Library) -> list[Finding]:
    """Return the findings of a file, read or refused."""
    try:
        return [finding for reading in read(path, library) for finding in reading.findings]
    except CmformsError as refused:
        return list(refused.findings)


@pytest.mark.parametrize(("data", "kind"), [
    (pdf(), PDF), (b"\xef\xbb\xbf\r\n" + pdf(), PDF), (zipped(types=WORD, document=b"<w/>"), DOCX),
    (zipped(types=WORD, document=b"<w/>" * 99)[:400], DOCX),
    (zipped(types=SHEET), XLSX), (b"PK\x03\x04 torn xl/workbook.xml", XLSX),
    (COMPOUND + "EncryptedPackage".encode("utf-16-le"), DOCX),
    (COMPOUND + "WordDocument".encode("utf-16-le"), DOCX),
])  # fmt: skip
def test_the_content_tells_the_kind(tmp_path: Path, data: bytes, kind: str) -> None:
    path = tmp_path / "named.wrong"
    path.write_bytes(data)
    assert identify(path).kind == kind


@pytest.mark.parametrize(("data", "code", "said"), [
    (b"", "file-empty", "0 bytes"),
    (b"name,grade\nAna,7\n", "file-type-unknown", "a text file"),
        (b"{\\rtf1 letter}", "file-type-unknown", "RTF"),
    (bytes(range(256)), "file-type-unknown", "unknown kind"),
    (zipped(document=b"<w/>"), "file-type-unknown", "ZIP archive without a document"),
    (COMPOUND + "Workbook".encode("utf-16-le"), "file-type-unknown", "old Office file"),
    (zipped(types=WORD + b"%PDF-1.7"), "file-type-ambiguous", "pdf and docx"),
])  # fmt: skip
def test_what_no_reader_takes_is_said(tmp_path: Path, data: bytes, code: str, said: str) -> None:
    path = tmp_path / "returned.pdf"
    path.write_bytes(data)
    with pytest.raises(InputError, match=said) as refused:
        identify(path)
    [finding] = refused.value.findings
    assert (finding.code, finding.where.source) == (code, str(path))
    assert finding.fix


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        identify(tmp_path / "none.pdf")
    assert refused.value.findings[0].code == "file-missing"


@pytest.mark.parametrize(("data", "code"), [
    (pdf(pikepdf.Encryption(owner="o", user="secret")), "pdf-encrypted"),
    (b"%PDF-1.7\n%%EOF", "pdf-damaged"),
    (pdf()[:200], "pdf-damaged"),
    (b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>", "pdf-damaged"),
])  # fmt: skip
def test_pdfs_that_cannot_be_read_are_refused(
    tmp_path: Path, library: Library, data: bytes, code: str
) -> None:
    path = tmp_path / "returned.pdf"
    path.write_bytes(data)
    with pytest.raises(InputError) as refused:
        read(path, library)
    [finding] = refused.value.findings
    assert (finding.code, finding.where.source) == (code, str(path))
    assert finding.fix


def test_a_pdf_locked_only_against_changes_is_read(tmp_path: Path, library: Library) -> None:
    path = tmp_path / "returned.pdf"
    path.write_bytes(pdf(pikepdf.Encryption(owner="o", user="")))
    [reading] = read(path, library)
    assert [finding.code for finding in reading.findings] == ["page-blank", "document-unknown"]


@pytest.mark.parametrize("cut", range(1, 20))
def test_a_template_cut_short_is_read_or_refused(cut: int, tmp_path: Path, library: Library) -> None:
    whole = library.template("student-contract", "en", "pdf").read_bytes()
    path = tmp_path / "returned.pdf"
    path.write_bytes(whole[: len(whole) * cut // 20])
    assert {"pdf-damaged", "pdf-repaired"} & {finding.code for finding in said(path, library)}


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the folder of real and hostile files is not here")
@pytest.mark.parametrize("path", sorted(CORPUS.glob("*/*.*")), ids=lambda path: path.name)
def test_strange_files_are_unknown_or_refused(
    path: Path, tmp_path: Path, library: Library, capfd: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(path, tmp_path / "returned")
    findings = said(tmp_path / "returned", library)
    assert {finding.code for finding in findings} & REFUSED
    assert {finding.where.source for finding in findings} == {str(tmp_path / "returned")}
    assert all(finding.fix for finding in findings)
    assert capfd.readouterr().out == ""
