"""Random tables of all kinds of columns in random legacy layouts: the same values come back, or are asked about."""

from __future__ import annotations

import csv
import datetime as dt
import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from cmforms.definitions.library import Library
from cmforms.legacy.languages import Languages
from cmforms.legacy.matching import Matcher
from cmforms.legacy.opening import open_book
from cmforms.legacy.planning import Plan, plan_sheet
from cmforms.legacy.profile import SheetRule
from cmforms.legacy.reading import Reading
from cmforms.legacy.schools import School
from cmforms.legacy.sheets import letter
from cmforms.legacy.survey import surveyed
from cmforms.legacy.tables import RowRead, Table
from cmforms.legacy.targets import ADDRESS, NAME, Rule, Target, named_targets, numbered
from cmforms.legacy.workbooks import open_workbook
from cmforms.model.paths import reached

LIBRARY = Library.default()
WORDS = LIBRARY.legacy_words
MATCHER = Matcher(WORDS)
SCHOOLS = tuple(School(each.number, each.name) for each in LIBRARY.district.schools)
TARGETS = tuple(numbered(each.generic, 0) if each.listing == "guardians" else each for each in named_targets())
LETTERS = "abcxyzéñüłΩжש中😀'\"&<>;,|\n\\ "
ASKED = {"dates-ambiguous", "ids-zeros"}


class Cell(NamedTuple):
    """What is written into a cell, with its number format in a workbook, and the value that it stands for."""

    shown: Any
    value: Any
    number_format: str = "General"


@dataclass(frozen=True)
class Column:
    """A column to be written: where its values belong, how it is headed, and its cells."""

    goal: Target
    header: str
    cells: tuple[Cell, ...]


def _text(chance: random.Random, _goal: Target) -> str:
    return f"N{''.join(chance.choices(LETTERS, k=chance.randrange(12)))}x"


def _word(chance: random.Random) -> str:
    return "".join(chance.choices("abcdefgéñ'-", k=6)).strip("'-").title() + "son"


def _dates(chance: random.Random, workbook: bool, count: int) -> list[Cell]:
    """Write a column of dates in one form. A form of mere numbers may prove no order, and then is asked about."""
    days = [dt.date(1990, 1, 1) + dt.timedelta(days=chance.randrange(11_000)) for _ in range(count)]
    forms = ["%Y-%m-%d", "%d %B %Y", "%b %d, %Y", "%Y%m%d", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%a, %B %d, %Y"]
    form = chance.choice([*forms, *(["real", "serial"] if workbook else [])])
    if form == "real":
        return [Cell(day, day, "m/d/yy") for day in days]
    if form == "serial":
        return [Cell(float((day - dt.date(1899, 12, 30)).days), day) for day in days]
    return [Cell(day.strftime(form), day) for day in days]


def _identifiers(chance: random.Random, workbook: bool, count: int) -> list[Cell]:
    ids = [f"{number:07d}" for number in chance.sample(range(1, 999_999), count)]
    form = chance.choice(["text", "padded", "bare"] if workbook else ["text"])
    if form == "text":
        return [Cell(each, each) for each in ids]
    if form == "padded":
        return [Cell(int(each), each, "0000000") for each in ids]
    return [Cell(int(each), str(int(each))) for each in ids]  # of other lengths they are asked about


def _phone(chance: random.Random) -> Cell:
    four = f"{chance.randrange(10_000):04d}"
    forms = (f"850.555.{four}", f"(850)555-{four}", f"1-850-555-{four}", f"850 555 {four}")
    return Cell(chance.choice(forms), f"(850) 555-{four}")


def _address(chance: random.Random) -> Cell:
    street = f"{chance.randrange(1, 999)} Sample Lane"
    parts = {"street": street, "city": "Sawgrass Landing", "state": "FL", "zip": "34999"}
    break_ = chance.choice(["\n", ", "])
    return Cell(f"{street}{break_}Sawgrass Landing, FL 34999", parts)


def _name(chance: random.Random) -> Cell:
    family, given_name = _word(chance), _word(chance)
    return Cell(f"{family}, {given_name}", {"family_name": family, "given_name": given_name})


def _language(chance: random.Random) -> Cell:
    name = chance.choice(["English", "Spanish", "haitian creole", "VIETNAMESE", "Arabic", "ht", "es"])
    return Cell(name, Languages(WORDS.languages).code(name))


def _school(chance: random.Random) -> Cell:
    school = chance.choice(SCHOOLS)
    forms = (school.number, school.number.lstrip("0"), school.name, school.name.upper())
    return Cell(chance.choice(forms), school.number)


def _time(chance: random.Random, workbook: bool) -> Cell:
    moment = dt.time(chance.randrange(24), chance.randrange(60))
    shown = [f"{moment:%H:%M}", f"{moment:%I:%M %p}", f"{moment:%H:%M:%S}", *([moment] if workbook else [])]
    return Cell(chance.choice(shown), moment, "h:mm")


def _check(chance: random.Random, workbook: bool) -> Cell:
    value = chance.random() < 0.5
    words = WORDS.yes if value else WORDS.no
    return Cell(chance.choice([*words, words[0].upper(), *([value] if workbook else [])]), value)


def _choice(chance: random.Random, goal: Target) -> Cell:
    value = chance.choice(goal.options)
    own = WORDS.options.get(goal.generic, {}).get(str(value), ())
    unique = [word for word in own if sum(word in words for words in WORDS.options[goal.generic].values()) == 1]
    return Cell(chance.choice([str(value), str(value).upper(), *unique]), value)


def _whole(chance: random.Random, workbook: bool) -> Cell:
    value = chance.randrange(101)
    return Cell(value if workbook else str(value), value)


def _decimal(chance: random.Random, workbook: bool) -> Cell:
    value = round(chance.uniform(0, 100), 2)
    return Cell(value if workbook else str(value), value)


_CELLS: dict[Rule, Callable[[random.Random, Target, bool], Cell]] = {
    Rule.TEXT: lambda chance, goal, _: Cell(text := _text(chance, goal), text),
    Rule.NAME: lambda chance, *_: _name(chance),
    Rule.ADDRESS: lambda chance, *_: _address(chance),
    Rule.ZIP: lambda chance, *_: Cell(zip_ := f"{chance.randrange(501, 99_951):05d}", zip_),
    Rule.PHONE: lambda chance, *_: _phone(chance),
    Rule.EMAIL: lambda chance, *_: Cell(mail := f"{_word(chance)}@example.org".replace("'", ""), mail),
    Rule.LANGUAGE: lambda chance, *_: _language(chance),
    Rule.SCHOOL: lambda chance, *_: _school(chance),
    Rule.STATE: lambda chance, *_: Cell(chance.choice(["FL", "fl", "Florida"]), "FL"),
    Rule.TIME: lambda chance, _, workbook: _time(chance, workbook),
    Rule.CHECK: lambda chance, _, workbook: _check(chance, workbook),
    Rule.INTEGER: lambda chance, _, workbook: _whole(chance, workbook),
    Rule.DECIMAL: lambda chance, _, workbook: _decimal(chance, workbook),
    Rule.CHOICE: lambda chance, goal, _: _choice(chance, goal),
}


def _cells(chance: random.Random, goal: Target, workbook: bool, count: int) -> tuple[Cell, ...]:
    if goal.rule is Rule.DATE:
        made = _dates(chance, workbook, count)
    elif goal.rule is Rule.IDENTIFIER:
        return tuple(_identifiers(chance, workbook, count))
    else:
        made = [_CELLS[goal.rule](chance, goal, workbook) for _ in range(count)]
    unknown = ("", "N/A", "--", "NULL") if goal.rule is not Rule.CHECK else ("",)
    return tuple(Cell(chance.choice(unknown), None) if chance.random() < 0.1 else cell for cell in made)


def _header(chance: random.Random, goal: Target, group: str) -> str:
    """Return a header that names the target: its label, its path, a synonym, as offices write them."""
    names = [goal.label, goal.path, *WORDS.headers.get(goal.generic, ())]
    forms: list[str] = []
    for name in names:
        at_ = chance.randrange(1, len(name))
        forms += [name, name.upper(), name.replace(" ", "\n", 1), name.replace(" ", "_"), f"  {name} *"]
        forms.append(name[:at_] + name[at_ + 1 :])  # a typing error
    chance.shuffle(forms)
    return next((form for form in forms if _means(form, goal, group)), goal.path)


def _means(form: str, goal: Target, group: str) -> bool:
    label = " ".join(form.split())
    found = MATCHER.match(f"{group} / {label}" if group else label).sure
    return found is not None and found.path == goal.path


def _columns(chance: random.Random, workbook: bool, count: int, group: str) -> list[Column]:
    entry = chance.choice(["", "contacts", "incidents", "monitoring", "consultations", "transfers", "household"])
    pool = [goal for goal in TARGETS if goal and goal.listing in ("", entry) and goal.path != "notes"]
    chosen = [goal for goal in pool if goal.path == "student.id"]
    chosen += chance.sample([goal for goal in pool if goal.path != "student.id"], chance.randrange(5, 16))
    whole = {goal.path for goal in chosen} & {NAME, ADDRESS}
    parts = {NAME: ("student.given_name", "student.family_name"), ADDRESS: ("student.address.",)}
    inside = tuple(part for each in whole for part in parts[each])
    chosen = [goal for goal in chosen if goal.path in whole or not goal.path.startswith(inside)]
    chance.shuffle(chosen)
    return [Column(goal, _header(chance, goal, group), _cells(chance, goal, workbook, count)) for goal in chosen]


@dataclass
class Layout:
    """The rows of a sheet, and which of them holds which row of the table."""

    rows: list[list[Cell]]
    places: dict[int, int]


def _layout(chance: random.Random, columns: Sequence[Column], count: int, group: str) -> Layout:
    heads = [Cell(column.header, None) for column in columns]
    rows: list[list[Cell]] = [[Cell("Office list of 2011", None)], [Cell("printed by nobody", None)], []]
    rows = rows[: chance.randrange(4)]
    if group:
        rows.append([Cell(group, None), *[Cell("", None)] * (len(columns) - 1)])
    rows.append(heads)
    places: dict[int, int] = {}
    for number in range(count):
        rows.append([column.cells[number] for column in columns])
        places[len(rows)] = number
        if chance.random() < 0.2:
            rows.append(chance.choice([[], heads, [Cell("Total", None), Cell(str(number + 1), None)]]))
    return Layout(rows, places)


def _write_csv(chance: random.Random, path: Path, layout: Layout) -> None:
    with path.open("w", encoding=chance.choice(["utf-8", "utf-8-sig", "utf-16"]), newline="") as stream:
        writer = csv.writer(stream, delimiter=chance.choice(",;\t|"))
        writer.writerows([cell.shown for cell in row] for row in layout.rows)


def _write_workbook(chance: random.Random, path: Path, layout: Layout) -> None:
    book = Workbook()
    if chance.random() < 0.3:
        book.epoch = CALENDAR_MAC_1904
    book.worksheets[0].append(["Ask the front desk before you change this list."])
    sheet = book.create_sheet("List")
    for at_, row in enumerate(layout.rows, 1):
        for column, cell in enumerate(row, 1):
            made = sheet.cell(at_, column, _in_epoch(book, cell))
            made.number_format = cell.number_format
    book.save(path)


def _in_epoch(book: Workbook, cell: Cell) -> Any:
    """Return a cell's value, a bare day number as the workbook's calendar counts it."""
    is_serial = isinstance(cell.shown, float) and isinstance(cell.value, dt.date)
    return cell.shown - 1462 if is_serial and book.epoch == CALENDAR_MAC_1904 else cell.shown


def _table(path: Path) -> tuple[Plan, list[RowRead], dict[int, int]]:
    """Read the sheet; return the number that each of its rows goes by too, which in a text file is its line."""
    (sheet,) = [sheet for sheet in open_book(path, open_workbook).sheets if sheet.name in (None, "List")]
    plan = plan_sheet(sheet, SheetRule(), MATCHER)
    assert isinstance(plan, Plan), plan
    plan = surveyed(plan, WORDS.totals)
    blocks = Table(plan, Reading(WORDS, SCHOOLS, sheet.date1904)).blocks()
    numbers = {at_: number for at_, (number, _) in enumerate(sheet.rows, 1)}
    return plan, [row for block in blocks for row in block], numbers


def _given(row: RowRead, goal: Target) -> Any:
    part = row.entries.get(goal.listing, {}) if goal.listing else row.data
    if goal.path not in (NAME, ADDRESS):
        return reached(part, goal.steps)
    names = ("family_name", "given_name") if goal.path == NAME else ("street", "city", "state", "zip")
    whole = {name: reached(part, (*goal.steps[:-1], name)) for name in names}
    return whole if any(whole.values()) else None


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_all_kinds_of_columns_come_back(suffix: str, seed: int) -> None:
    chance = random.Random(seed)
    count, group = chance.randrange(1, 9), chance.choice(["", "", "Section A"])
    columns = _columns(chance, suffix == ".xlsx", count, group)
    layout = _layout(chance, columns, count, group)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"list{suffix}")
        (_write_workbook if suffix == ".xlsx" else _write_csv)(chance, path, layout)
        plan, read, numbers = _table(path)
    errors = [finding for finding in plan.findings if finding.severity == "error"]
    assert {finding.code for finding in errors} <= ASKED, [str(finding) for finding in errors]
    asked = {finding.where.cell or letter((finding.where.column or 1) - 1) for finding in errors}
    asked = {place.rstrip("0123456789") for place in asked}
    assert [column.goal.path for column in columns] == [path for c in plan.columns for path in c.rule.to]
    by_number = {row.number: row for row in read}
    assert sorted(by_number) == [numbers[at_] for at_ in layout.places]
    for at_, number in layout.places.items():
        row = by_number[numbers[at_]]
        assert not [fault for fault in row.faults if fault.column is None or letter(fault.column) not in asked]
        for index, column in enumerate(columns):
            if letter(index) not in asked:
                assert _given(row, column.goal) == column.cells[number].value, (column.header, column.cells[number])
