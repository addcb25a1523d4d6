"""Bad input: a typed error that says what and where, the right exit code, and nothing written."""

from __future__ import annotations

import errno
import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from tests.conftest import ROOT
from tests.test_cli import CASE, in_office, office, run

__all__ = ["office"]

GOOD = CASE.read_text(encoding="utf-8")
MISNAMED = GOOD.replace("given_name:", "given_nmae:")


def _missing(_path: Path) -> None:
    pass


def _write(text: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "make", "code", "said"),
    [
        ("a.yaml", _missing, "file-missing", "no such file"),
        ("a.yaml", _write(""), "file-empty", "empty"),
        ("a.txt", _write("hello"), None, "a.txt"),
        ("a.yaml", _write("id: [1\nb: 2"), "yaml-broken", "line 2"),
        ("a.yaml", _write(MISNAMED), "case-field-unknown", "did you mean 'given_name'"),
        ("a.yaml", _write(GOOD.replace("dob: 2012-03-19", "dob: 2012-02-30")), None, "student.dob"),
        ("a.json", _write("{"), None, "line 1"),
    ],
)
def test_case_files(
    office: Path, tmp_path: Path, name: str, make: Callable[[Path], object], code: str | None, said: str
) -> None:
    make(tmp_path / name)
    out = tmp_path / "out"
    done = in_office(office, "fill", tmp_path / name, "--packet", "contract", "--out", out, "--json")
    assert done.exit_code in (1, 2)
    assert said in done.stderr
    assert code is None or code in done.stdout
    assert not list(out.rglob("*.pdf"))


def test_case_id_that_stands_twice(office: Path, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(GOOD, encoding="utf-8")
    both = (tmp_path / "a.yaml", tmp_path / "b.yaml")
    done = in_office(office, "fill", *both, "--form", "face-sheet", "--out", tmp_path / "o")
    assert done.exit_code in (1, 2)
    assert "CM-2026-0001" in done.stderr
    assert "twice" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("fill", CASE, "--packet", "contrct", "--out", "o"), "did you mean 'contract'"),
        (("fill", CASE, "--form", "face-shet", "--out", "o"), "did you mean 'face-sheet'"),
        (("fill", CASE, "--out", "o"), "--packet or --form"),
        (("fill", CASE, "--form", "face-sheet", "--lang", "es", "--out", "o"), "not made in 'es'"),
        (("fill", "CM-NONE", "--form", "face-sheet", "--out", "o"), "no stored case"),
        (("cases", "show", "CM-NONE"), "no stored case"),
    ],
)
def test_words_that_name_nothing(
    office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[object, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = in_office(office, *words)
    assert done.exit_code == 2
    assert said in done.stderr
    assert not (tmp_path / "o").exists()


def test_workspace_that_is_none(tmp_path: Path) -> None:
    done = run("--workspace", tmp_path, "cases", "list")
    assert (done.exit_code, "cmforms init" in done.stderr) == (2, True)


def test_workspace_stands_once(office: Path) -> None:
    assert run("init", office).exit_code == 2


@pytest.mark.parametrize("settings", ["store = 5", "stor = 'x'", "store ="])
def test_settings_that_are_faulty(office: Path, settings: str) -> None:
    (office / "cmforms.toml").write_text(settings)
    done = in_office(office, "cases", "list")
    assert (done.exit_code, "cmforms.toml" in done.stderr) == (2, True)


def test_output_folder_that_cannot_be_written(office: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = in_office(office, "fill", CASE, "--form", "face-sheet", "--out", tmp_path / "file" / "out")
    assert (done.exit_code, "cannot be written" in done.stderr) == (3, True)


def test_disk_that_is_full(office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    real = os.fsync

    def full(handle: int) -> None:
        if str(Path(f"/proc/self/fd/{handle}").readlink()).startswith(str(out)):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    done = in_office(office, "fill", CASE, "--form", "face-sheet", "--out", out)
    assert (done.exit_code, "No space left" in done.stderr) == (3, True)
    assert [path for path in out.rglob("*") if path.is_file()] == []


def _own_template(office: Path, change: Callable[[str], str]) -> None:
    """Put the shipped Word template of the student contract into the workspace, its text changed."""
    source = ROOT / "templates" / "student-contract.es.docx"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(office / "templates" / source.name, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(info, change(data.decode()).encode() if info.filename == "word/document.xml" else data)


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("{{ v.student_nmae }}", "did you mean"),
        ("{{ v.__class__.__mro__ }}", "__class__"),
        ("{% frobnicate %}", "frobnicate"),
    ],
)
def test_template_with_a_faulty_tag(office: Path, tmp_path: Path, tag: str, said: str) -> None:
    _own_template(office, lambda xml: xml.replace("{{ v.student_name }}", tag, 1))
    fill = ("fill", CASE, "--form", "student-contract", "--format", "docx", "--out", tmp_path / "out")
    done = in_office(office, *fill)
    assert done.exit_code in (1, 2)
    assert said in done.stderr
    assert not list((tmp_path / "out").rglob("*.docx"))


def _encrypted(path: Path) -> None:
    with pikepdf.open(ROOT / "templates" / "face-sheet.en.pdf") as document:
        document.save(path, encryption=pikepdf.Encryption(owner="a", user="b"))


def _truncated(path: Path) -> None:
    path.write_bytes((ROOT / "templates" / "face-sheet.en.pdf").read_bytes()[:3000])


def _renamed_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "not a Word file")


@pytest.mark.parametrize(
    ("name", "make", "code"),
    [
        ("a.pdf", _missing, "file-missing"),
        ("a.pdf", _write(""), "file-empty"),
        ("a.pdf", _write("plain text"), "file-type-unknown"),
        ("a.pdf", _encrypted, "pdf-encrypted"),
        ("a.pdf", _truncated, "pdf-damaged"),
        ("a.docx", _renamed_zip, None),
    ],
)
def test_returned_files(
    office: Path, tmp_path: Path, name: str, make: Callable[[Path], object], code: str | None
) -> None:
    make(tmp_path / name)
    done = in_office(office, "read", tmp_path / name)
    reading = json.loads(done.stdout)
    assert (done.exit_code, reading["kind"]) == (2, "unreadable")
    assert code in (None, reading["findings"][0]["code"])
    assert name in done.stderr


def test_good_files_of_a_pile_are_read_beside_bad_ones(office: Path, tmp_path: Path) -> None:
    shutil.copy(ROOT / "templates" / "face-sheet.en.pdf", tmp_path / "blank.pdf")
    done = in_office(office, "read", tmp_path / "none.pdf", tmp_path / "blank.pdf")
    kinds = [json.loads(line)["form"] for line in done.stdout.splitlines()]
    assert (done.exit_code, kinds) == (2, [None, "face-sheet"])
