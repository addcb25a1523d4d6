"""The records for years: on both databases, every tampering found, no edit lost, nothing half, all of it back."""

from __future__ import annotations

import dataclasses
import json
import tempfile
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from cmforms.errors import InputError, StaleError, StoreError
from cmforms.store import Access, Head, Row, Store, read_archive, write_archive
from cmforms.store.migrating import _config as migrations  # the same steps, one at a time
from cmforms.store.opening import open_engine
from tests.test_store import CASE, ISSUED, READING, VALUE

SECRET = b"of the workspace"


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A real PostgreSQL on a unix socket; its folder is open to the account that it runs under."""
    with tempfile.TemporaryDirectory(prefix="cmforms-pg-") as folder:
        Path(folder).chmod(0o755)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it looks for a folder of the login session
            import pgserver

            running = pgserver.get_server(Path(folder) / "data")
        yield running.get_uri()
        running.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str | Path]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield tmp_path / "records.sqlite"
        return
    uri = request.getfixturevalue("server")
    engine = create_engine(uri.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    yield uri


@pytest.fixture
def store(place: str | Path) -> Iterator[Store]:
    with Store.open(place, SECRET, Access("Ms. Rivera", "placement")) as opened:
        yield opened


def tamper(place: str | Path, *statements: str) -> None:
    """Change the database behind cmforms' back, as its keeper could."""
    engine = open_engine(place)
    try:
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
    finally:
        engine.dispose()


def unguard(place: str | Path) -> None:
    """Take away the triggers that guard the log."""
    if isinstance(place, Path):
        tamper(place, "DROP TRIGGER events_no_update", "DROP TRIGGER events_no_delete")
    else:
        tamper(place, "DROP TRIGGER events_stay ON events")


def fill(store: Store) -> None:
    store.save_cases({"T-1": CASE, "T-2": CASE})
    store.save_case("T-1", {**CASE, "notes": "moved"}, {"edit": ["notes"]})
    store.save_issues([ISSUED])
    store.save_readings([READING], [VALUE])
    store.record("T-1", "life.contact", {"with": "Guardian"})
    store.record("T-1", "life.contact", {"with": "Guardian"})
    with store.importing("old sheet", "f" * 64, {"columns": {"notes": "C"}}) as batch:
        batch.save([Row("17", "a" * 64, "T-3", CASE, "Sheet1!17"), Row("18", "b" * 64, "T-2", CASE, "Sheet1!18")])
    store.disclose("exported", ["T-1"])


def test_whole_records_verify_and_say_who_did_what(store: Store) -> None:
    fill(store)
    assert store.verify() == []
    assert [event.kind for event in store.events("T-1")] == [
        "saved", "saved", "issued", "returned", "recorded", "life.contact", "life.contact", "exported",
    ]  # fmt: skip
    (event,) = [event for event in store.disclosures("T-1") if event.kind == "exported"]
    assert (event.actor, event.purpose) == ("Ms. Rivera", "placement")
    assert store.events("T-1")[5].data == {"with": "Guardian"}
    assert store.readings_for("T-1")[0].fields == READING.fields
    assert store.record_values("T-1")[0].value == VALUE.value
    assert store.issued(ISSUED.issue) == ISSUED
    with pytest.raises(ValueError, match="life"):
        store.record("T-1", "saved", {})


TAMPERINGS = {
    "UPDATE events SET actor = 'Nobody' WHERE seq = 3": {"event-altered"},
    "DELETE FROM events WHERE seq = 5": {"events-missing", "row-altered"},
    "UPDATE events SET previous = hash WHERE seq = 4": {"chain-broken", "event-altered"},
    "UPDATE case_versions SET data = '{}' WHERE case_id = 'T-2'": {"row-altered", "row-missing"},
    "UPDATE cases SET version = 1 WHERE id = 'T-1'": {"newest-wrong"},
    "DELETE FROM issues": {"row-missing"},
    "UPDATE readings SET raw = 'other'": {"row-altered", "row-missing"},
    "DELETE FROM event_data WHERE case_id = 'T-1'": {"row-missing"},
    "UPDATE record_values SET path = 'notes'": {"row-altered", "row-missing"},
    "UPDATE batch_rows SET case_id = 'T-9'": {"import-altered"},
}


@pytest.mark.parametrize("statement", TAMPERINGS)
def test_tampering_is_found_and_placed(store: Store, place: str | Path, statement: str) -> None:
    fill(store)
    if "events" in statement:
        with pytest.raises(Exception, match="only ever added to"):
            tamper(place, statement)
        unguard(place)
    tamper(place, statement)
    found = store.verify()
    assert {finding.code for finding in found} == TAMPERINGS[statement]
    assert "Ánh" not in "".join(map(str, found))


def test_chain_cut_off_at_its_end_is_found_by_the_head_that_was_noted(store: Store, place: str | Path) -> None:
    fill(store)
    head = store.log_head()
    unguard(place)
    tamper(place, f"DELETE FROM events WHERE seq = {head.seq}")
    assert store.verify() == []  # a disclosure at the end stands for no row
    assert [finding.code for finding in store.verify(head)] == ["events-missing"]
    store.disclose("read", ["T-1"])
    assert [finding.code for finding in store.verify(head)] == ["events-replaced"]


def test_another_key_is_refused(store: Store, place: str | Path) -> None:
    store.save_case("T-1", CASE)
    with pytest.raises(StoreError, match="another workspace's key"):
        Store.open(place, b"another")


def test_stale_edit_is_refused_and_an_event_with_it(store: Store) -> None:
    store.save_case("T-1", CASE)
    assert store.save_case("T-1", {**CASE, "notes": "mine"}, read=1) == 2
    with pytest.raises(StaleError, match="edition 2"):
        store.save_case("T-1", {**CASE, "notes": "late"}, read=1)
    with pytest.raises(StaleError):
        store.record("T-1", "life.contact", {}, {**CASE, "notes": "late"}, read=1)
    assert (store.case("T-1") or {})["notes"] == "mine"
    assert store.record("T-1", "life.contact", {}, {**CASE, "notes": "in time"}, read=2) == store.log_head().seq
    assert store.verify() == []


def rows(*notes: str) -> list[Row]:
    return [Row(str(at), note, f"T-{at}", {**CASE, "notes": note}, f"Sheet1!{at}") for at, note in enumerate(notes, 1)]


def test_import_is_all_or_nothing_and_knows_what_it_gave(store: Store) -> None:
    def broken() -> None:
        with store.importing("sheet", "f" * 64, {}) as batch:
            batch.save(rows("one"))
            raise KeyError("the importer's own")

    with pytest.raises(KeyError):
        broken()
    assert (store.cases(), store.batches(), store.verify()) == ([], [], [])
    with store.importing("sheet", "f" * 64, {}) as batch:
        batch.save(rows("one", "two"))
    with store.importing("sheet", "e" * 64, {}) as batch:
        given = batch.given(["1", "2", "3"])
        assert [(key, found.case_id, found.row_sha256) for key, found in given.items()] == [
            ("1", "T-1", "one"), ("2", "T-2", "two"),
        ]  # fmt: skip
        assert batch.cases(["T-1", "T-9"]) == {"T-1": {**CASE, "notes": "one"}}
        batch.save(rows("one", "changed"))
    assert [(batch.source, batch.cases) for batch in store.batches()] == [("sheet", 2), ("sheet", 1)]
    assert [len(store.history(case_id)) for case_id in store.cases()] == [1, 2]
    assert [data["notes"] for data in store.all_cases()] == ["one", "changed"]
    assert store.verify() == []


def test_import_is_undone_but_not_over_later_work(store: Store) -> None:
    store.save_case("T-2", {**CASE, "notes": "before"})
    with store.importing("sheet", "f" * 64, {}) as batch:
        batch.save(rows("one", "two", "three"))
    store.save_case("T-3", {**CASE, "notes": "worked on"})
    store.disclose("read", ["T-1"])
    (refused,) = store.undo_batch(batch.id)
    assert (refused.code, refused.where.case) == ("batch-case-changed", "T-3")
    assert store.cases() == ["T-1", "T-2", "T-3"]
    (kept,) = store.undo_batch(batch.id, keep_changed=True)
    assert (kept.code, store.cases()) == ("batch-case-kept", ["T-2", "T-3"])
    assert [edition.data["notes"] for edition in store.history("T-2")] == ["before", "two", "before"]
    with store.importing("sheet", "f" * 64, {}) as again:
        assert again.given(["1", "2"]) == {}
        again.save(rows("one"))
    assert store.verify() == []
    for batch_id, code in ((batch.id, "undone before"), (99, "no import number 99")):
        with pytest.raises(InputError, match=code):
            store.undo_batch(batch_id)


def test_purge_leaves_no_data_and_a_whole_chain(store: Store, place: str | Path) -> None:
    fill(store)
    store.hold(["T-1"], "matter 12")
    assert [finding.code for finding in store.purge({"T-1": {}, "T-3": {}})] == ["case-held"]
    assert store.cases() == ["T-1", "T-2", "T-3"]
    store.release(["T-1"])
    assert store.held() == {}
    assert store.purge({"T-1": {"closed_on": "2020-01-01"}}) == []
    left = [name for name, row in store.dump() if "T-1" in (row.get("case_id"), row.get("subject"), row.get("id"))]
    assert set(left) == {"events"}
    assert store.events("T-1")[-1].payload["closed_on"] == "2020-01-01"
    assert {event.data for event in store.events("T-1")} == {None}
    assert store.verify() == []
    if isinstance(place, Path):
        raw = b"".join(path.read_bytes() for path in place.parent.iterdir())
        assert (b'"moved"' in raw, b"Guardian" in raw) == (False, False)


AWKWARD = "=1+1\t'\r\n\x0b _x000D_ \"Ánh\""


@pytest.mark.parametrize("suffix", [".jsonl", ".zip", ".xlsx"])
def test_archive_comes_back_without_loss(store: Store, tmp_path: Path, suffix: str) -> None:
    fill(store)
    store.save_readings([dataclasses.replace(READING, source="=cmd.pdf", issue="@1", subject=None, form=None)])
    field = dataclasses.replace(READING.fields[0], raw=AWKWARD, value=None, box=None)
    fields = (field, dataclasses.replace(field, raw="'="))
    store.save_readings([dataclasses.replace(READING, issue="'2", fields=fields)])
    archive = tmp_path / f"all{suffix}"
    with archive.open("wb") as out:
        count = write_archive(out, suffix, store.dump())
    with Store.open(tmp_path / "new.sqlite", SECRET) as new:
        new.load(read_archive(archive))
        assert new.verify() == []
        assert new.readings_for("T-1") == store.readings_for("T-1")
        assert new.history("T-1") == store.history("T-1")
        assert len(list(new.dump())) == count + 2  # restored, and exported once more
        with pytest.raises(InputError, match="holds records already"):
            new.load(read_archive(archive))
        new.save_issues([dataclasses.replace(ISSUED, issue="NEXT")])


def test_formula_is_neutral_in_every_sheet(store: Store, tmp_path: Path) -> None:
    store.save_readings([dataclasses.replace(READING, source="=cmd|calc!A0")])
    with (tmp_path / "all.xlsx").open("wb") as out:
        write_archive(out, ".xlsx", store.dump())
    from openpyxl import load_workbook

    cells = [cell for row in load_workbook(tmp_path / "all.xlsx")["documents"].iter_rows() for cell in row]
    assert [cell.data_type for cell in cells if "cmd" in str(cell.value)] == ["s"]
    assert not [cell for cell in cells if str(cell.value).startswith(("=", "+", "-", "@"))]


def test_archive_goes_from_one_database_to_the_other(store: Store, tmp_path: Path) -> None:
    with Store.open(tmp_path / "old.sqlite", SECRET) as old:
        fill(old)
        store.load(old.dump())
        assert store.history("T-1") == old.history("T-1")
    store.save_issues([dataclasses.replace(ISSUED, issue="NEXT")])  # numbers go on after those that came
    assert store.verify() == []


def test_faulty_archives_are_refused_and_leave_nothing(store: Store, tmp_path: Path) -> None:
    with Store.open(tmp_path / "old.sqlite", SECRET) as old:
        fill(old)
        kept = [row for row in old.dump() if row[0] != "issues"]
    with pytest.raises(InputError, match="missing, or altered"):
        store.load(kept)
    with pytest.raises(InputError, match="shape"):
        store.load([("cases", {"id": "T-1"})])
    for name, data in (("x.jsonl", b'["no"]'), ("x.zip", b"no"), ("x.pdf", b"no")):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(InputError, match="no archive"):
            store.load(read_archive(tmp_path / name))
    with Store.open(tmp_path / "other.sqlite", b"other key") as other:
        fill(other)
        with pytest.raises(StoreError, match="another workspace's key"):
            store.load(other.dump())
    assert (store.cases(), store.log_head()) == ([], Head(0, "0" * 64))
    with (tmp_path / "x.docx").open("wb") as out, pytest.raises(InputError, match="cannot write"):
        write_archive(out, ".docx", store.dump())
    with (tmp_path / "x.xlsx").open("wb") as out, pytest.raises(InputError, match="40,"):
        write_archive(out, ".xlsx", [("case_versions", dict.fromkeys(("id", "case_id"), "x" * 40_000) | _BLANK)])


_BLANK: dict[str, Any] = dict.fromkeys(("version", "sha256", "data", "saved_at", "origin"))


def _add(place: str | Path, times: int) -> None:
    """Count in a case, as several people would who read, change and save it at the same time."""
    with Store.open(place, SECRET) as opened:
        done = 0
        while done < times:
            edition = opened.head("T-1")
            assert edition
            try:
                opened.save_case("T-1", {"id": "T-1", "count": edition.data["count"] + 1}, read=edition.version)
                done += 1
            except StaleError:
                continue


def test_writers_at_once_lose_no_update(store: Store, place: str | Path) -> None:
    store.save_case("T-1", {"id": "T-1", "count": 0})
    with ThreadPoolExecutor(8) as writers:
        for done in [writers.submit(_add, place, 3) for _ in range(8)]:
            done.result()
    assert (store.case("T-1") or {})["count"] == 24
    assert store.verify() == []


def test_store_of_the_first_edition_is_brought_up_and_vouched_for(place: str | Path) -> None:
    engine = open_engine(place)
    with engine.begin() as connection:
        config: Config = migrations()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        when = "2026-01-02 03:04:05.000006"
        data = json.dumps(CASE)
        statement = text("INSERT INTO cases VALUES ('T-1', 1, :sha, :data, :when)")
        connection.execute(statement, {"sha": "a" * 64, "data": data, "when": when})
        statement = text(
            "INSERT INTO case_versions (case_id, version, sha256, data, saved_at) VALUES ('T-1', 1, :sha, :data, :when)"
        )
        connection.execute(statement, {"sha": "a" * 64, "data": data, "when": when})
    engine.dispose()
    with Store.open(place, SECRET) as opened:
        assert opened.case("T-1") == CASE
        assert [event.kind for event in opened.events("T-1")] == ["found"]
        assert opened.verify() == []


def test_backup_is_whole_and_private_while_others_write(tmp_path: Path) -> None:
    with Store.open(tmp_path / "records.sqlite", SECRET) as live:
        fill(live)
        live.back_up(tmp_path / "copy.sqlite")
        live.save_case("T-9", CASE)
    assert (tmp_path / "copy.sqlite").stat().st_mode & 0o777 == 0o600
    with Store.open(tmp_path / "copy.sqlite", SECRET) as copy:
        assert copy.cases() == ["T-1", "T-2", "T-3"]
        assert copy.verify() == []


def test_server_is_not_backed_up_as_a_file(server: str, tmp_path: Path) -> None:
    with Store.open(server, SECRET) as store, pytest.raises(InputError, match="pg_dump"):
        store.back_up(tmp_path / "copy.sqlite")


def test_what_a_server_says_is_told_without_data(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StoreError, match="cannot be reached"):
        Store.open("postgres://clerk@127.0.0.1:1/cases")
    monkeypatch.setattr("cmforms.store.opening.BUSY_SECONDS", 1)
    with Store.open(server, SECRET) as store:
        with store.importing("sheet", "f" * 64, {}), pytest.raises(StoreError, match="others were writing"):
            store.save_case("T-1", CASE)
        with pytest.raises(StoreError, match="refused") as caught:
            store.save_case("T" * 50, {"student": "Secret Name"})
    assert "Secret" not in str(caught.value)
