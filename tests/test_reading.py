"""Piles, as `cmforms read` takes them: folders, documents in several files, limits, what is saved."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest

from cmforms.contain import Outcome
from cmforms.errors import error
from cmforms.workflow import reading
from cmforms.workflow.gathering import Gathering
from cmforms.workflow.one_file import unreadable
from tests.test_cli import CASE, in_office, office

__all__ = ["office"]


@pytest.fixture
def pile(office: Path, tmp_path: Path) -> Path:
    """Return a folder with a document in two files, another whole, a blank sheet, and what systems leave in folders."""
    folder = tmp_path / "pile"
    in_office(office, "fill", CASE, "--packet", "contract", "--out", folder)
    [contract] = folder.rglob("student-contract*.pdf")
    with pikepdf.open(contract) as whole:
        for name, pages in (("a.pdf", whole.pages[1:]), ("b.pdf", whole.pages[:1])):
            with pikepdf.new() as part:
                part.add_blank_page(page_size=(612, 792))
                part.add_pages_from(whole, pages=[whole.pages.index(page) for page in pages])
                part.save(folder / name)
    contract.unlink()
    (folder / ".DS_Store").write_bytes(b"\0")
    return folder


def test_a_folder_of_documents_in_parts(office: Path, pile: Path) -> None:
    done = in_office(office, "read", pile, "--save")
    found = {line["form"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert sorted(found) == ["face-sheet", "parent-contract", "student-contract"]
    contract = found["student-contract"]
    assert [(Path(part["source"]).name, part["numbers"]) for part in contract["parts"]] == [
        ("a.pdf", [2, 3]), ("b.pdf", [1]),
    ]  # fmt: skip
    assert {Path(field["source"]).name for field in contract["fields"].values()} == {"a.pdf", "b.pdf"}
    assert [finding["code"] for finding in contract["findings"]] == ["page-blank", "page-blank"]
    assert done.exit_code == 0
    assert "4 documents in 5 files, 0 fields to look at" in done.stderr
    assert json.loads(in_office(office, "cases", "list", "--json").stdout)[0]["returned"] == 4


def test_a_long_file_comes_back_whole_from_those_who_shared_it() -> None:
    long, other = Path("long.pdf"), Path("other.pdf")
    gathering = Gathering([long, other], most=2)
    tasks = list(gathering.shares("long.pdf", [(), (), ()]))
    assert [(source, task.path, task.alone) for source, task in tasks] == [("long.pdf", long, True)] * 2
    assert list(gathering.shares("never given.pdf", [()])) == []
    part = replace(unreadable("long.pdf", ()), sha256="1", kind="scan", form="face-sheet")
    slow = (error("file-too-slow", "was not read", source="long.pdf"),)
    gathering.take(Outcome("long.pdf", [replace(part, pages=(1, 2)), replace(part, form=None, pages=(3,))]))
    gathering.take(Outcome("other.pdf", findings=slow))
    gathering.take(Outcome("long.pdf", findings=slow))
    gathering.take(Outcome("long.pdf", findings=slow))
    gathering.take(Outcome("long.pdf", [replace(part, pages=(4, 5))]))
    told = [(reading.source, reading.pages, reading.kind) for reading in gathering.readings()]
    assert told == [
        ("long.pdf", (1, 2), "scan"), ("long.pdf", (4, 5), "scan"), ("long.pdf", (), "unreadable"),
        ("long.pdf", (3,), "scan"), ("other.pdf", (), "unreadable"),
    ]  # fmt: skip


def test_limits_of_the_command_go_before_those_of_the_office(office: Path, pile: Path) -> None:
    with (office / "cmforms.toml").open("a") as settings:
        settings.write("[limits]\npages = 2\n")
    refused = in_office(office, "read", pile / "a.pdf")
    assert (refused.exit_code, "has 3 pages, and at most 2 are read" in refused.stderr) == (2, True)
    assert in_office(office, "read", pile / "a.pdf", "--limit", "pages=3").exit_code == 1


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("page=3", "'page' is no limit; there are seconds"), ("pages=2.5", "must be a whole number above 0"),
        ("seconds=0", "must be a number above 0"), ("pages", "is not like pages=800"),
    ],
)  # fmt: skip
def test_limits_that_are_none(office: Path, limit: str, said: str) -> None:
    done = in_office(office, "read", CASE, "--limit", limit)
    assert (done.exit_code, said in done.stderr) == (2, True)


def test_a_folder_without_files_is_told(office: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = in_office(office, "read", tmp_path / "empty")
    assert (done.exit_code, "holds no file to read" in done.stderr) == (2, True)


def test_limits_that_the_system_cannot_keep_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reading.limits_missing() == []
    monkeypatch.setattr(reading, "unenforced", lambda: ("memory_mb",))
    assert [finding.code for finding in reading.limits_missing()] == ["limits-missing"]


def test_a_single_reader_of_pictures_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    scans = [replace(unreadable("a.png", ()), kind="scan")] * 2
    monkeypatch.setattr("cmforms.read.ocr.second_reader", lambda: False)
    assert [finding.code for finding in reading.second_reader_missing(scans)] == ["second-reader-missing"]
    assert reading.second_reader_missing([unreadable("a.pdf", ())]) == []
