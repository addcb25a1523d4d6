"""The records: nothing overwritten, nothing doubled, nothing readable by others, no data in errors."""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from cmforms.errors import StoreError, review
from cmforms.store import Store
from cmforms.store.migrating import known_editions
from cmforms.store.opening import open_engine
from cmforms.store.schema import HEAD, metadata
from cmforms.values.documents import FieldReading, Issued, Reading, RecordValue, Source, Status

CASE = {"id": "T-1", "student": {"given_name": "Ánh <Jr.>"}, "contracts": {"parent": {}}}
ISSUED = Issued(
    issue="ABCDE12345", form="parent-contract", revision="2026-07", lang="es", format="pdf", subject="T-1",
    recipient=1, sha256="a" * 64, pages=("main", "addendum"),
    values={"student_name": "Ánh <Jr.>", "dob": dt.date(2011, 3, 4), "at": dt.time(14, 5), "ok": True},
    printed={"student_name": "Ánh <Jr.>", "dob": "4 mar 2011"},
)
FIELD = FieldReading(
    "guardian_signed_on", dt.date(2026, 9, 12), Status.ACCEPTED, 0.98, "pdf-form", Source.ADDED, page=2,
    box=(54.0, 100.5, 150.0, 118.5), raw="9/12/2026",
)
SCANNED = replace(
    FIELD, address="school", source="page 2.png", method="recognised", answers={"rapidocr": "Pine", "tesseract": "Pin"},
    residual=0.21,
)
READING = Reading(
    source="/home/somebody/Desktop/back.pdf", sha256="b" * 64, kind="pdf-form", form="parent-contract",
    revision="2026-07", lang="es", issue="ABCDE12345", subject="T-1", pages=(1, 2), expected_pages=2,
    fields=(FIELD, SCANNED), findings=(review("value-doubtful", "look", page=2, box=(1.0, 2.0, 3.0, 4.0)),),
)
VALUE = RecordValue(
    "T-1", "contracts.parent.signed_on", dt.date(2026, 9, 12), {"document": "b" * 64, "issue": "ABCDE12345"}
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the records lie."""
    return tmp_path / "records.sqlite"


@pytest.fixture
def store(place: Path) -> Iterator[Store]:
    """A new store."""
    with Store.open(place) as opened:
        yield opened


def test_case_gets_a_version_for_each_change_and_none_for_the_same_data(store: Store) -> None:
    changed = {**CASE, "notes": "moved"}
    editions = (CASE, dict(reversed(CASE.items())), changed)
    assert [store.save_case("T-1", data) for data in editions] == [1, 1, 2]
    assert store.case("T-1") == changed
    assert [edition.data for edition in store.history("T-1")] == [CASE, changed]
    assert store.history("T-1")[0].saved_at.tzinfo is dt.UTC


def test_unknown_ids_give_nothing(store: Store) -> None:
    assert (store.case("T-9"), store.issued("X"), store.issues_for("T-9")) == (None, None, [])
    assert (store.readings_for("T-9"), store.record_values("T-9"), store.history("T-9")) == ([], [], [])


def test_cases_are_named_in_order(store: Store) -> None:
    store.save_cases({"T-2": CASE, "T-1": CASE})
    assert store.cases() == ["T-1", "T-2"]


def test_ledger_gives_back_what_was_issued_with_its_types(store: Store) -> None:
    store.save_issues([ISSUED])
    store.save_issues([ISSUED, ISSUED])
    assert store.issued("ABCDE12345") == ISSUED
    assert store.issues_for("T-1") == [ISSUED]


def test_of_an_issue_in_word_and_pdf_the_pdf_answers(store: Store) -> None:
    word = replace(ISSUED, format="docx", sha256="c" * 64, pages=())
    store.save_issues([ISSUED, word])
    assert store.issued("ABCDE12345") == ISSUED
    assert store.issues_for("T-1") == [ISSUED, word]


def test_reading_comes_back_whole_under_its_base_name(store: Store) -> None:
    store.save_readings([READING], [VALUE])
    assert store.readings_for("T-1") == [replace(READING, source="back.pdf")]
    assert [(value.path, value.value) for value in store.record_values("T-1")] == [(VALUE.path, VALUE.value)]
    assert store.record_values("T-1")[0].origin["time"].startswith("20")


def test_same_document_again_changes_nothing_and_says_so(store: Store) -> None:
    assert store.save_readings([READING], [VALUE]) == []
    renamed = replace(READING, source=r"C:\Scans\again.pdf")
    (said,) = store.save_readings([renamed], [VALUE])
    assert (said.code, said.where.source) == ("document-known", "again.pdf")
    assert (len(store.readings_for("T-1")), len(store.record_values("T-1"))) == (1, 1)


def test_one_file_with_two_issues_is_two_documents(store: Store) -> None:
    other = replace(READING, issue="ZZZZZ99999")
    assert store.save_readings([READING, other]) == []
    assert [reading.issue for reading in store.readings_for("T-1")] == ["ABCDE12345", "ZZZZZ99999"]


def _with_signed_on(day: str) -> dict[str, object]:
    return {**CASE, "contracts": {"parent": {"signed_on": day}}}


def test_later_correction_by_hand_is_noted_on_the_value(store: Store) -> None:
    store.save_case("T-1", CASE)
    store.save_readings([READING], [VALUE])
    store.save_case("T-1", _with_signed_on("2026-09-12"))
    assert "corrected_on" not in store.record_values("T-1")[0].origin
    store.save_case("T-1", _with_signed_on("2026-09-13"))
    assert "corrected_on" in store.record_values("T-1")[0].origin


def test_saving_an_old_file_again_is_no_correction(store: Store) -> None:
    store.save_case("T-1", _with_signed_on("2026-09-01"))
    store.save_readings([READING], [VALUE])
    for data in (_with_signed_on("2026-09-12"), _with_signed_on("2026-09-01"), CASE):
        store.save_case("T-1", data)
    assert "corrected_on" not in store.record_values("T-1")[0].origin


def test_correction_of_an_entry_of_a_list_is_noted(store: Store) -> None:
    phone = replace(VALUE, path="guardians[0].phone", value="555-0101")
    store.save_case("T-1", {**CASE, "guardians": []})
    store.save_readings([READING], [phone])
    store.save_case("T-1", {**CASE, "guardians": [{"phone": "555-0102"}]})
    assert "corrected_on" in store.record_values("T-1")[0].origin


def test_schema_fits_postgresql_too() -> None:
    dialect = postgresql.dialect()
    made = "".join(str(CreateTable(table).compile(dialect=dialect)) for table in metadata.tables.values())
    assert "saved_at TIMESTAMP WITH TIME ZONE NOT NULL" in made
    assert "id SERIAL NOT NULL" in made


def test_file_and_side_files_are_for_the_owner_alone(store: Store, place: Path) -> None:
    store.save_case("T-1", CASE)
    modes = {path.name: path.stat().st_mode & 0o777 for path in place.parent.iterdir()}
    assert set(modes.values()) == {0o600}
    assert place.name in modes


def test_wide_open_file_is_closed_to_others(place: Path) -> None:
    Store.open(place).close()
    place.chmod(0o644)
    Store.open(place).close()
    assert place.stat().st_mode & 0o777 == 0o600


def test_migrations_make_the_tables_that_the_schema_says(place: Path) -> None:
    Store.open(place).close()
    assert known_editions()[0] == HEAD
    with open_engine(place).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert context.get_current_revision() == HEAD
        assert compare_metadata(context, metadata) == []


def test_failed_migration_leaves_nothing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patched:
        patched.setattr("alembic.op.create_index", fail)
        with pytest.raises(StoreError):
            Store.open(place)
    with sqlite3.connect(place) as raw:
        assert raw.execute("SELECT name FROM sqlite_master").fetchall() == []
    Store.open(place).close()


def test_store_of_a_newer_edition_is_left_alone(place: Path) -> None:
    Store.open(place).close()
    with sqlite3.connect(place) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="edition 9999"):
        Store.open(place)


def test_openers_at_once_wait_for_one_another(place: Path) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            with Store.open(place) as opened:
                opened.save_case(f"T-{number}", CASE)
        except BaseException as trouble:
            failures.append(trouble)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with Store.open(place) as opened:
        assert len(opened.cases()) == 6


def test_no_database_file(place: Path) -> None:
    place.write_bytes(b"this is a shopping list, not a database" * 40)
    with pytest.raises(StoreError, match=r"records\.sqlite.*not a database") as caught:
        Store.open(place)
    assert caught.value.exit_code == 4


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No such file or directory"):
        Store.open(tmp_path / "nowhere" / "records.sqlite")


def test_password_of_a_url_is_not_shown() -> None:
    with pytest.raises(StoreError) as caught:
        Store.open("nosuchdatabase://clerk:secret@example.org/cases")
    assert "secret" not in str(caught.value)
    assert "example.org" in str(caught.value)


def test_error_names_the_file_and_no_data(store: Store, place: Path) -> None:
    with sqlite3.connect(place) as raw:
        raw.execute("DROP TABLE case_versions")
    with pytest.raises(StoreError) as caught:
        store.save_case("T-1", {"student": "Secret Name"})
    assert "records.sqlite" in str(caught.value)
    assert "Secret" not in repr(caught.value) + str(caught.value.__cause__)
    assert store.cases() == []


def test_broken_row_is_a_store_error(store: Store, place: Path) -> None:
    store.save_readings([READING], [VALUE])
    with sqlite3.connect(place) as raw:
        raw.execute("""UPDATE record_values SET value = '["Secret"]'""")
    with pytest.raises(StoreError, match="cannot read") as caught:
        store.record_values("T-1")
    assert "Secret" not in str(caught.value)
