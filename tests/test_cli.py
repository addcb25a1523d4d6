"""The commands as users give them: what they print, where, and how they end."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from cmforms.cli.main import COMMANDS, cli
from tests.conftest import ROOT

CASE = ROOT / "samples" / "cases" / "CM-2026-0001.yaml"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    folder = tmp_path / "office"
    assert run("init", folder).exit_code == 0
    return folder


def run(*words: object) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


def in_office(office: Path, *words: object) -> Result:
    return run("--workspace", office, *words)


def _commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    found = []
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        found.append(((*path, name), command))
        found += _commands(command, (*path, name)) if isinstance(command, click.Group) else []
    return found


@pytest.mark.parametrize("command", [pytest.param(command, id=" ".join(path)) for path, command in _commands(cli)])
def test_every_command_has_help_and_json(command: click.Command) -> None:
    assert command.help
    assert all(option.help for option in command.params if isinstance(option, click.Option))
    names = {name for option in command.params for name in option.opts}
    assert isinstance(command, click.Group) or "--json" in names


def test_short_texts_are_those_of_the_commands() -> None:
    assert set(COMMANDS) == {path[0] for path, _ in _commands(cli)}


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from cmforms.cli.main import cli; cli(['--help'], standalone_mode=False); "
        "heavy = {'pydantic', 'pikepdf', 'sqlalchemy', 'lxml', 'jinja2', 'yaml', 'rich', 'babel', 'openpyxl'}; "
        "print(*sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == ""


def test_fill_read_show_and_history(office: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    filled = in_office(office, "fill", CASE, "--packet", "contract", "--out", out, "--json")
    lines = [json.loads(line) for line in filled.stdout.splitlines()]
    assert filled.exit_code == 0
    assert {line["form"] for line in lines} == {"student-contract", "parent-contract", "face-sheet"}
    assert (out / "manifest.jsonl").read_text().splitlines() == filled.stdout.splitlines()

    read = in_office(office, "read", out / lines[0]["path"], "--save")
    reading = json.loads(read.stdout)
    assert (reading["issue"], reading["case"], reading["kind"]) == (lines[0]["issue"], "CM-2026-0001", "pdf-form")
    assert reading["fields"]["student_id"]["page"] == 1

    assert json.loads(in_office(office, "cases", "list", "--json").stdout)[0]["returned"] == 1
    assert json.loads(in_office(office, "cases", "show", "CM-2026-0001", "--json").stdout)["student"]["id"]
    assert "id: CM-2026-0001" in in_office(office, "cases", "show", "CM-2026-0001").stdout
    assert "edition 1 saved" in in_office(office, "cases", "history", "CM-2026-0001").stdout


def test_stored_case_fills_again_to_the_same_bytes(office: Path, tmp_path: Path) -> None:
    in_office(office, "cases", "save", CASE)
    for out in ("one", "two"):
        source = "CM-2026-0001" if out == "two" else CASE
        done = in_office(office, "fill", source, "--form", "student-contract", "--out", tmp_path / out)
        assert done.exit_code == 0
    name = "CM-2026-0001/student-contract.es.pdf"
    assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_draft_is_made_where_a_document_is_refused(office: Path, tmp_path: Path) -> None:
    case = CASE.with_name("CM-2026-0012.yaml")
    fill = ("fill", case, "--form", "expulsion-cover-sheet", "--out", tmp_path)
    refused = in_office(office, *fill)
    assert refused.exit_code == 1
    assert "parents_informed_on" in refused.stderr
    assert "CMS D-2" in refused.stderr
    assert not list(tmp_path.rglob("*.pdf"))
    assert in_office(office, *fill, "--draft").exit_code == 0
    assert [path.name for path in tmp_path.rglob("*.pdf")] == ["expulsion-cover-sheet.en.draft.pdf"]


def test_workbook_goes_out_and_comes_back(office: Path, tmp_path: Path) -> None:
    in_office(office, "cases", "save", CASE)
    for name in ("cases.xlsx", "cases.jsonl"):
        assert in_office(office, "cases", "export", tmp_path / name).exit_code == 0
        saved = in_office(office, "cases", "save", tmp_path / name, "--json")
        assert json.loads(saved.stdout)["saved"] == ["CM-2026-0001"]
    assert in_office(office, "cases", "export", tmp_path / "cases.csv").exit_code == 2
    history = in_office(office, "cases", "history", "CM-2026-0001", "--json")
    assert len(json.loads(history.stdout)) == 1


@pytest.mark.parametrize(("by", "names"), [("case", ["CM-2026-0001", "CM-2026-0002"]), ("all", ["all"])])
def test_documents_are_merged_for_the_printer_and_verified(
    office: Path, tmp_path: Path, by: str, names: list[str]
) -> None:
    words = ("--form", "placement-letter", "--out", tmp_path, "--merge", by, "--order", "student", "--verify")
    done = in_office(office, "fill", CASE, CASE.with_name("CM-2026-0002.yaml"), *words)
    assert (done.exit_code, "every field reads back" in done.stderr) == (0, True)
    assert sorted(path.stem for path in (tmp_path / "merged").iterdir()) == names


def test_merging_by_school_and_of_word_files(office: Path, tmp_path: Path) -> None:
    fill = ("fill", CASE, "--form", "placement-letter", "--separators", "--merge", "school", "--out", tmp_path)
    assert in_office(office, *fill).exit_code == 0
    assert [path.name for path in (tmp_path / "merged").iterdir()] == ["school-0201.pdf"]
    word = ("fill", CASE, "--form", "placement-letter", "--format", "docx", "--merge", "all")
    assert in_office(office, *word, "--out", tmp_path / "word").exit_code == 2
    assert in_office(office, *word, "--out", "memory://x").exit_code == 2


def test_verification_says_what_differs(office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cmforms.store import Store

    issued = Store.issued

    def other(store: Store, issue: str) -> object:
        line = issued(store, issue)
        somebody = {"student_name": "Somebody Else"}
        return line and dataclasses.replace(
            line, values={**line.values, **somebody}, printed={**line.printed, **somebody}
        )

    monkeypatch.setattr(Store, "issued", other)
    done = in_office(office, "fill", CASE, "--form", "placement-letter", "--out", tmp_path, "--verify")
    assert (done.exit_code, "verification failed" in done.stderr) == (1, True)


def test_starter_workbook_is_taken_as_it_is(office: Path, tmp_path: Path) -> None:
    assert run("cases", "template", tmp_path / "start.xlsx").exit_code == 0
    done = in_office(office, "fill", tmp_path / "start.xlsx", "--packet", "contract", "--out", tmp_path / "out")
    assert "no document applies" in done.stderr


def test_forms_are_listed_shown_and_right(office: Path) -> None:
    listed = in_office(office, "forms", "list", "--json")
    assert len(json.loads(listed.stdout)) == 11
    assert "2004285" in in_office(office, "forms", "list").stdout
    assert "student_signature" in in_office(office, "forms", "show", "student-contract").stdout
    assert json.loads(in_office(office, "forms", "show", "face-sheet", "--json").stdout)["id"] == "face-sheet"
    checked = in_office(office, "forms", "check", "--json")
    assert (checked.exit_code, json.loads(checked.stdout)) == (0, {"findings": []})


def test_schema_is_of_the_case_model() -> None:
    assert json.loads(run("cases", "schema").stdout)["properties"]["student"]


def test_workspace_around_the_folder_is_found(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(office / "forms")
    assert run("cases", "list", "--json").stdout.strip() == "[]"
    monkeypatch.chdir(office.parent)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(office.parent / "own"))
    assert run("cases", "list").exit_code == 0
    assert (office.parent / "own" / "cmforms" / "cmforms.toml").is_file()
