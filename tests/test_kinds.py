"""Values printed and read again, in each language; what could mean two things is in doubt."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmforms.values.kinds import Kind, Value, from_json, parsed, printed, to_json

LANGS = st.sampled_from(["en", "es", "ht"])


@given(st.dates(dt.date(1990, 1, 1), dt.date(2060, 1, 1)), LANGS)
def test_date_comes_back(day: dt.date, lang: str) -> None:
    assert parsed(Kind.DATE, printed(Kind.DATE, day, lang), lang).value == day


@given(st.times().map(lambda time: time.replace(second=0, microsecond=0)), LANGS)
def test_time_comes_back(time: dt.time, lang: str) -> None:
    assert parsed(Kind.TIME, printed(Kind.TIME, time, lang), lang).value == time


@given(st.integers(-999, 9_999_999), LANGS)
def test_integer_comes_back(number: int, lang: str) -> None:
    assert parsed(Kind.INTEGER, printed(Kind.INTEGER, number, lang), lang).value == number


@pytest.mark.parametrize(
    ("text", "lang", "value"),
    [
        ("9/3/2026", "en", dt.date(2026, 9, 3)),
        ("25/12/26", "es", dt.date(2026, 12, 25)),
        ("2026-02-28", "es", dt.date(2026, 2, 28)),
        ("3 de septiembre de 2026", "es", dt.date(2026, 9, 3)),
        ("Sept. 3, 2026", "en", dt.date(2026, 9, 3)),
    ],
)
def test_dates_as_people_write_them(text: str, lang: str, value: dt.date) -> None:
    read = parsed(Kind.DATE, text, lang)
    assert (read.value, read.doubt) == (value, "")


@pytest.mark.parametrize(
    ("kind", "text", "lang"),
    [
        (Kind.DATE, "3/4/2026", "es"),
        (Kind.DATE, "2026-02-30", "en"),
        (Kind.DATE, "next week", "en"),
        (Kind.DATE, "Mayo Junio 3, 2026", "es"),
        (Kind.TIME, "25:00", "en"),
        (Kind.TIME, "noon", "en"),
        (Kind.INTEGER, "twelve", "en"),
        (Kind.DECIMAL, "9,1x", "en"),
        (Kind.CHECK, "maybe", "en"),
    ],
)
def test_doubt_is_said(kind: Kind, text: str, lang: str) -> None:
    assert parsed(kind, text, lang).doubt


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Kind.TIME, "2:05 p.m.", dt.time(14, 5)),
        (Kind.INTEGER, "90%", 90),
        (Kind.DECIMAL, "91.5 %", 91.5),
        (Kind.CHECK, "☒", True),
        (Kind.CHECK, "☐", False),
        (Kind.CHECK, "  ", False),
        (Kind.TEXT, " ", None),
        (Kind.PHONE, " 555-0100 ", "555-0100"),
    ],
)
def test_other_kinds(kind: Kind, text: str, value: Value) -> None:
    assert parsed(kind, text, "en").value == value


def test_choice_by_label_or_value() -> None:
    labels = {"zoned": "Zoned school", "alternate": "Alternate school"}
    assert parsed(Kind.CHOICE, "zoned  SCHOOL", "en", labels).value == "zoned"
    assert printed(Kind.CHOICE, "alternate", "en", labels) == "Alternate school"
    assert "none of the options" in parsed(Kind.CHOICE, "home", "en", labels).doubt


def test_json_keeps_types() -> None:
    for kind, value in ((Kind.DATE, dt.date(2026, 9, 2)), (Kind.TIME, dt.time(7, 45)), (Kind.TEXT, "x")):
        assert from_json(kind, to_json(value)) == value


def test_decimal_and_unknown_language_are_printed() -> None:
    assert printed(Kind.DECIMAL, 2.5, "xx") == "2.5"
    assert printed(Kind.TEXT, None, "en") == ""
    assert printed(Kind.CHECK, True, "en") == "X"
