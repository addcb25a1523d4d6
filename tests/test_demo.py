"""The whole loop on the samples, and the packets that it leaves behind judged from every side."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.test_cli import CASE, in_office, run


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished demo, run twice into the same folder: the second takes the place of the first."""
    out = tmp_path_factory.mktemp("demo") / "demo"
    (out / "office").mkdir(parents=True)
    (out / "office" / "cmforms.toml").write_text('store = "records.sqlite"\n')
    done = run("demo", "--out", out, "--json")
    assert done.exit_code == 0, done.output
    assert all(step["ok"] for step in json.loads(done.stdout))
    return out


def _check(demo: Path, target: object, packet: str = "contract") -> tuple[int, dict[str, object]]:
    done = in_office(demo / "office", "check", target, "--packet", packet, "--json")
    return done.exit_code, json.loads(done.stdout)


def test_demo_refuses_a_folder_of_somebody_else(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert run("demo", "--out", tmp_path).exit_code == 2
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_checklist_names_what_to_do(demo: Path) -> None:
    done = in_office(demo / "office", "check", "CM-2026-0012", "--packet", "expulsion")
    assert done.exit_code == 1
    for words in ("✘", "CMS D-2", "'Parents informed on' is not known", "  1. "):
        assert words in done.stdout


def test_stored_case_and_its_file_are_judged_alike(demo: Path) -> None:
    by_id = _check(demo, "CM-2026-0002", "expulsion")
    assert by_id[0] == 0
    assert _check(demo, CASE.with_name("CM-2026-0002.yaml"), "expulsion")[1]["overall"] == by_id[1]["overall"]


def test_folder_and_single_document(demo: Path, tmp_path: Path) -> None:
    for path in (demo / "returned").glob("CM-2026-0001-*"):
        shutil.copy(path, tmp_path)
    code, verdict = _check(demo, tmp_path)
    assert (code, verdict["case"]) == (1, "CM-2026-0001")
    failed = [result["rule"] for result in verdict["results"] if result["status"] == "fail"]  # type: ignore[attr-defined]
    assert failed == ["face-sheet/present"]
    code, verdict = _check(demo, tmp_path / "CM-2026-0001-student-contract.es.pdf")
    assert (code, verdict["case"]) == (1, "CM-2026-0001")


def test_folder_with_a_strange_document_or_several_cases(demo: Path, tmp_path: Path) -> None:
    for case in ("CM-2026-0001", "CM-2026-0003"):
        shutil.copy(demo / "documents" / case / "face-sheet.en.pdf", tmp_path / f"{case}.pdf")
    done = in_office(demo / "office", "check", tmp_path, "--packet", "contract")
    assert (done.exit_code, "several cases" in done.stderr) == (2, True)
    shutil.copy(CASE, tmp_path)
    _code, verdict = _check(demo, tmp_path)
    assert "document-foreign" in [finding["code"] for finding in verdict["findings"]]  # type: ignore[attr-defined]


def test_folder_with_nothing_known(demo: Path, tmp_path: Path) -> None:
    done = in_office(demo / "office", "check", tmp_path, "--packet", "contract")
    assert (done.exit_code, "no document of a known case" in done.stderr) == (2, True)


def test_history_tells_where_values_came_from(demo: Path) -> None:
    done = in_office(demo / "office", "cases", "history", "CM-2026-0001")
    assert "contracts.student.signed_on = 2026-10-07 from CM-2026-0001-student-contract.es.pdf, page 3" in done.stdout
