"""Invented cases: each of the sample cases over and over, with other people, numbers, days and texts every time."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

from cmforms.model import Case, case_from, plain
from cmforms.resources import shipped
from cmforms.sources import read_cases

_GIVEN = (
    "Ana", "Béatrice", "Chloé", "Dario", "Esther", "Farid", "Gloria", "Hyun", "Imani", "José", "Łucja", "Mónica",
    "Noël", "Óscar", "Petra", "Quetzal", "Renée", "Søren", "Thị", "Ülkü", "Valéria", "Willow", "Ximena", "Yannick",
    "Zoë", "Ilír", "Olivia", "Oona", "Lili", "Bo",
)  # fmt: skip
_FAMILY = (
    "Samplewood", "Examplar", "Testerfield", "Inventado", "Mockridge", "Fictionelli", "Pretendo", "O'Nobody",
    "Placeholder", "Müstermann", "Ejemplåre", "Ficção", "Nemo-Niemand", "Nguyễn-Mẫu", "Imaginaire", "Illusory",
    "Désinventé", "McNonesuch", "Unreal", "Hypothetico", "Dummyston", "de la Muestra", "Specimenson", "Prøve",
)  # fmt: skip
_STREETS = ("Sample Lane", "Nowhere Boulevard", "Pretend Street", "Imaginary Ave.", "Fictional Palm Way", "Example Ct.")
_EMPLOYERS = ("Invented Laundry", "Imaginary Bakery", "Fictional Freight Co.", "Made-Up Marine, Inc.", "Nobody & Sons")
_PLACES = ("Room 118", "Cafeteria", "Bus loop", "Room 2O7", "Gym", "Library", "Hall B", "Parking lot 3")
_AGENCIES = ("Make-Believe Counseling", "Pretend Mentors", "Invented Youth Court", "Imaginary Family Center")
_BEGINNINGS = (
    "Absent {} times since the last meeting", "Hands in about {} % of the work", "Met for {} minutes after school",
    "Asks for help in class {}", "Arrived {} minutes late", "Called back at extension 01{}", "Reads at level {}",
)  # fmt: skip
_ENDINGS = (
    "; the bus stop has changed.", " and wants to graduate with the class.", ", says the family.",
    "; a tutor comes on Tuesdays and Thursdays.", ". Calms down when given a few minutes alone.",
    "; goals confirmed.", ", in Spanish. Señora Ejemplo was there.", "; next step by the 1st or the 15th.",
)  # fmt: skip

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_PEOPLE = frozenset((
    "name", "person", "by", "with_name", "informed_by", "signed_by", "school_designee", "results_advised_by",
    "author", "chair", "consulted_with", "requested_by", "contact",
))  # fmt: skip
_TEXTS = frozenset((
    "notes", "attendance", "academics", "behavior", "family", "academic_goal", "behavior_goal", "supports",
    "description", "evidence", "reason", "need_statement",
))  # fmt: skip


def invented(seed: int) -> Iterator[Case]:
    """Yield one case after another for ever; the same seed gives the same ones. Nobody in them exists."""
    samples = [plain(item.case) for item in read_cases([shipped("samples") / "cases"]).cases]
    number = 0
    while True:
        for sample in samples:
            number += 1
            yield _varied(sample, seed, number)


def _varied(sample: dict[str, Any], seed: int, number: int) -> Case:
    data = _Variation(random.Random(f"case {seed} {number}")).of(sample)
    data["id"] = f"CM-{seed:04}-{number:04}"
    data["student"]["id"] = f"{random.Random(f'{seed} {number}').randrange(10**7):07}"
    return case_from(data, "benchmark")


class _Variation:
    """Other values in a case's data; all its days move by the same number of weeks, so that their order holds."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._shift = dt.timedelta(weeks=rng.randint(-60, 30))
        self._family = rng.choice(_FAMILY)
        self._makers: dict[str, Callable[[], Any]] = {
            "given_name": lambda: rng.choice(_GIVEN),
            "family_name": lambda: self._family,
            "phone": self._phone,
            "other_phone": self._phone,
            "street": lambda: f"{rng.randint(1, 9899)} {rng.choice(_STREETS)}",
            "zip": lambda: f"3499{rng.randint(0, 9)}",
            "email": lambda: f"{rng.choice('abcdlmno')}.sample{rng.randint(1, 99)}@example.org",
            "employer": lambda: rng.choice(_EMPLOYERS),
            "location": lambda: rng.choice(_PLACES),
            "to": lambda: rng.choice(_AGENCIES),
            "at": lambda: f"{rng.randint(7, 18):02}:{rng.randint(0, 59):02}",
            "attendance_percent": lambda: rng.randint(600, 1000) / 10,
            "gpa": lambda: rng.randint(0, 40) / 10,
            "absences": lambda: rng.randint(0, 30),
            "tardies": lambda: rng.randint(0, 30),
            "age": lambda: rng.randint(1, 90),
            "attendance_target": lambda: rng.randint(80, 99),
        }

    def of(self, data: Any, key: str = "") -> Any:
        """Return data of the same shape."""
        if isinstance(data, dict):
            return {name: self.of(value, name) for name, value in data.items()}
        if isinstance(data, list):
            return [self.of(item, key) for item in data]
        if isinstance(data, str) and _DAY.fullmatch(data):
            return (dt.date.fromisoformat(data) + self._shift).isoformat()
        return self._leaf(data, key)

    def _leaf(self, value: Any, key: str) -> Any:
        if make := self._makers.get(key) if value is not None else None:
            return make() if isinstance(value, type(make())) else value
        if key in _PEOPLE and isinstance(value, str):
            return f"{self._rng.choice(_GIVEN)} {self._rng.choice((self._family, *_FAMILY))}"
        if key in _TEXTS and isinstance(value, str) and " " in value and len(value) < 200:
            return self._rng.choice(_BEGINNINGS).format(self._rng.randint(1, 99)) + self._rng.choice(_ENDINGS)
        return value

    def _phone(self) -> str:
        area, line = self._rng.choice((305, 407, 850, 904)), f"555-01{self._rng.randint(0, 99):02}"
        return self._rng.choice((line, f"({area}) {line}", f"{area}-{line}"))
