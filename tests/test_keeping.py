"""The commands that keep the records for years, as an administrator gives them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cmforms.cli.main import cli
from cmforms.store import Row
from cmforms.workflow.workspace import Workspace
from tests.conftest import ROOT

CASE = ROOT / "samples" / "cases" / "CM-2026-0001.yaml"


def run(*words: object) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


@pytest.fixture
def office(tmp_path: Path) -> Path:
    folder = tmp_path / "office"
    run("init", folder)
    run("--workspace", folder, "cases", "save", CASE)
    return folder


def cases(office: Path, *words: object) -> Result:
    return run("--workspace", office, "--as", "Ms. Rivera", "--purpose", "intake meeting", "cases", *words)


def said(done: Result) -> object:
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_looks_are_logged_with_who_and_why(office: Path, tmp_path: Path) -> None:
    cases(office, "show", "CM-2026-0001")
    cases(office, "export", tmp_path / "out.jsonl", "CM-2026-0001")
    cases(office, "list")
    run("--workspace", office, "check", "CM-2026-0001", "--packet", "contract")
    rows = json.loads(cases(office, "disclosures", "CM-2026-0001", "--json").stdout)
    assert [row["what"] for row in rows] == ["read", "exported", "listed", "read"]
    assert rows[0]["who"].startswith("Ms. Rivera (account ")
    assert [row["purpose"] for row in rows] == ["intake meeting"] * 3 + ["case management services"]
    assert "Ms. Rivera" in cases(office, "disclosures").stdout


def test_verify_notes_the_head_and_misses_what_is_gone(office: Path) -> None:
    done = said(cases(office, "verify", "--json"))
    assert (office / "records.head").read_text() == done["head"]  # type: ignore[index]
    assert cases(office, "verify", "--head", "nonsense").exit_code == 2
    longer = cases(office, "verify", "--head", f"99:{'0' * 64}")
    assert (longer.exit_code, "missing at the end" in longer.stderr) == (1, True)


def test_edit_carries_what_it_read_and_a_stale_one_shows_both(office: Path) -> None:
    assert "Edition 1." in cases(office, "show", "CM-2026-0001").stderr
    assert said(cases(office, "set", "CM-2026-0001", "student.grade=10", "--read-version", 1, "--json")) == {
        "case": "CM-2026-0001", "version": 2,
    }  # fmt: skip
    stale = cases(office, "set", "CM-2026-0001", "student.grade=11", "notes=call back", "--read-version", 1)
    assert stale.exit_code == 1
    assert "stored is '10', and you would write '11'" in stale.stderr
    assert "would write 'call back'" in stale.stderr
    for words in (("grade=1",), ("nonsense",), ("guardians[9].phone=1",), ("student.grade=",)):
        assert cases(office, "set", "CM-2026-0001", *words, "--read-version", 2).exit_code == 2
    assert cases(office, "set", "CM-2026-0001", "notes=x", "--read-version", 7).exit_code == 2


def test_each_value_says_where_it_came_from(office: Path) -> None:
    with Workspace(office).open_store() as store:
        data = store.case("CM-2026-0001") or {}
        with store.importing("old sheet", "f" * 64, {"columns": {"student.grade": "D"}}) as batch:
            changed = {**data, "student": {**data["student"], "grade": "12"}}
            batch.save([Row("1", "a" * 64, "CM-2026-0001", changed, "Sheet1!17")])
    rows = json.loads(cases(office, "show", "CM-2026-0001", "--origins", "--json").stdout)
    origins = {row["path"]: row["origin"] for row in rows}
    assert origins["student.grade"].items() >= {"edition": 2, "import": 1, "place": "Sheet1!17", "column": "D"}.items()
    assert origins["student.id"].items() >= {"edition": 1, "source": "case file"}.items()
    assert "student.grade = 12" in cases(office, "show", "CM-2026-0001", "--origins").stdout


def test_import_is_listed_and_undone(office: Path) -> None:
    with Workspace(office).open_store() as store, store.importing("old sheet", "f" * 64, {}) as batch:
        batch.save([Row("1", "a" * 64, "T-1", {"id": "T-1"})])
    assert "old sheet" in cases(office, "batches").stdout
    assert said(cases(office, "undo", 1, "--json")) == {"undone": 1, "findings": []}
    assert cases(office, "undo", 1).exit_code == 2
    assert said(cases(office, "batches", "--json"))[0]["undone"] is True  # type: ignore[index]


@pytest.mark.parametrize("name", ["all.jsonl", "all.zip", "all.xlsx", "backup.sqlite"])
def test_records_come_back_in_a_new_workspace(office: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / name
    done = cases(office, "backup", out) if out.suffix == ".sqlite" else cases(office, "export", out, "--everything")
    assert (done.exit_code, out.stat().st_mode & 0o777) == (0, 0o600)
    new = tmp_path / "new"
    run("init", new)
    assert cases(new, "restore", out).exit_code == 4 if out.suffix != ".sqlite" else True
    (new / "issue.key").write_bytes((office / "issue.key").read_bytes())
    assert said(cases(new, "restore", out, "--json")) == {"restored": str(out), "cases": 1}
    assert cases(new, "restore", out).exit_code == 2
    assert cases(new, "verify").exit_code == 0
    shown = [cases(folder, "show", "CM-2026-0001").stdout for folder in (office, new)]
    assert shown[0] == shown[1]
    assert not list(new.glob(".cmforms-*"))


def test_everything_is_of_all_cases_and_needs_a_place(office: Path, tmp_path: Path) -> None:
    assert cases(office, "export", tmp_path / "x.jsonl", "CM-2026-0001", "--everything").exit_code == 2
    assert cases(office, "export", tmp_path / "gone" / "x.jsonl", "--everything").exit_code == 3
    assert said(cases(office, "export", tmp_path / "x.jsonl", "--everything", "--json"))["rows"] > 3  # type: ignore[index]


def test_retention_waits_for_hold_and_destroys_for_good(office: Path) -> None:
    assert cases(office, "retention").exit_code == 2  # nobody has said how many years
    cases(office, "set", "CM-2026-0001", "refusal.on=2000-02-29", "refusal.by=Guardian", "--read-version", 1)
    settings = office / "cmforms.toml"
    settings.write_text(settings.read_text().replace("# retention_years", "retention_years"))
    assert cases(office, "hold", "CM-2026-0001", "--reason", "matter 12").exit_code == 0
    (due,) = json.loads(cases(office, "retention", "--json").stdout)
    assert (due["case"], due["due_on"], due["held"]) == ("CM-2026-0001", "2005-03-01", "matter 12")
    assert cases(office, "retention", "--destroy", "--yes").exit_code == 0
    assert json.loads(cases(office, "list", "--json").stdout)
    assert cases(office, "release", "CM-2026-0001", "--json").exit_code == 0
    assert "Destroyed" in cases(office, "retention", "--destroy", "--yes").stderr
    assert cases(office, "list", "--json").stdout.strip() == "[]"
    assert cases(office, "verify").exit_code == 0
    assert cases(office, "retention", "--years", 1, "--json").stdout.strip() == "[]"


def test_store_may_be_named_and_settings_may_be_faulty(office: Path, tmp_path: Path) -> None:
    other = run("--workspace", office, "--store", tmp_path / "other.sqlite", "cases", "list", "--json")
    assert (other.exit_code, other.stdout.strip()) == (0, "[]")
    assert run("--workspace", office, "--store", "mysql://host/x", "cases", "list").exit_code == 4
    (office / "cmforms.toml").write_text('store = "records.sqlite"\nretention_years = "five"\n')
    assert cases(office, "list").exit_code == 2
