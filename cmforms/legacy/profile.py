"""How one kind of sheet is to be imported, as a person confirmed it: YAML that replays."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from cmforms.errors import InputError, error
from cmforms.legacy.targets import target
from cmforms.model.loading import dotted
from cmforms.yamlfile import built, composed, with_lines

IGNORE, NOTE, OPEN = "ignore", "note", "?"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _known_path(path: str) -> str:
    if path not in (IGNORE, NOTE, OPEN) and target(path) is None:
        raise ValueError(f"{path!r} is no value of a case; `cmforms cases schema` shows them, or say {IGNORE!r}")
    return path


def _several(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Paths = Annotated[tuple[str, ...], BeforeValidator(_several)]


class ColumnRule(_Strict):
    """What one column holds.

    `to`: path of the case, several for a cell of several values, `ignore`, `note` (kept among the case's notes) or `?`.
    `order`: of the numbers in dates. `digits`: how many an id has. `split`: what stands between values of a cell.
    `values`: what a cell's text stands for. `names`: whether the given or the family name goes first.
    `serials`: the calendar of dates that are mere numbers. `real_dates`: whether a program took days for months.
    """

    to: Paths
    maybe: Paths = ()
    reason: str = ""
    order: Literal["month-first", "day-first"] | None = None
    digits: int | Literal["as shown"] | None = None
    split: str | None = None
    values: dict[str, str | None] = Field(default_factory=dict)
    names: Literal["given-first", "family-first"] | None = None
    serials: Literal["1900", "1904"] | None = None
    real_dates: Literal["as shown", "swapped"] | None = None
    time: Literal["drop"] | None = None

    @property
    def open(self) -> bool:
        """Whether somebody still has to say where the column goes."""
        return OPEN in self.to


def _as_rule(value: Any) -> Any:
    return {"to": value} if isinstance(value, (str, list)) else value


class SheetRule(_Strict):
    """How one sheet is read: its rows of headers, its columns by header or as `column F`, and what no column says.

    `comes`: whether a sheet of lists that comes again holds all rows each time, or further ones only.
    """

    header_rows: tuple[int, ...] | None = None
    skip: bool = False
    columns: dict[str, Annotated[ColumnRule, BeforeValidator(_as_rule)]] = Field(default_factory=dict)
    fill: dict[str, str | int | float | bool] = Field(default_factory=dict)
    struck_rows: Literal["skip", "take"] | None = None
    merged: Literal["fill", "leave"] | None = None
    comes: Literal["whole", "parts"] | None = None


class Profile(_Strict):
    """The rules of all sheets of a file, and the name by which what it gave is remembered."""

    source: str
    sheets: dict[str, SheetRule] = Field(default_factory=dict)

    def sheet(self, name: str | None) -> SheetRule:
        """Return the rule of a sheet; a text file's only sheet goes by `table`."""
        return self.sheets.get(name or "table", SheetRule())


def read_profile(data: bytes, source: str) -> Profile:
    """Read a profile. Raises InputError with a finding for each fault, with its line."""
    root = composed(data, source)
    try:
        profile = Profile.model_validate(built(root, source))
    except ValidationError as invalid:
        faults = [
            error(
                "profile-faulty", fault["msg"].removeprefix("Value error, "), source=source, path=dotted(fault["loc"])
            )
            for fault in invalid.errors(include_url=False)
        ]
        raise InputError(with_lines(faults, root)) from None
    wrong = [
        error("profile-faulty", message, source=source, path=path)
        for name, sheet in profile.sheets.items()
        for path, message in _unknown_paths(name, sheet)
    ]
    if wrong:
        raise InputError(wrong)
    return profile


def _unknown_paths(name: str, sheet: SheetRule) -> list[tuple[str, str]]:
    found = [(f"sheets.{name}.columns.{header}", path) for header, rule in sheet.columns.items() for path in rule.to]
    found += [(f"sheets.{name}.fill", path) for path in sheet.fill]
    said = [
        (f"sheets.{name}.columns.{header}", "the values of one column must belong to one part, such as guardians[0]")
        for header, rule in sheet.columns.items()
        if len({path.rpartition(".")[0] for path in rule.to}) > 1
    ]
    for place, path in found:
        try:
            _known_path(path)
        except ValueError as wrong:
            said.append((place, str(wrong)))
    return said


def write_profile(profile: Profile) -> bytes:
    """Return the profile as YAML, with the reason of each line and `?` where somebody must decide."""
    data = profile.model_dump(mode="json", exclude_defaults=True)
    for sheet in data.get("sheets", {}).values():
        sheet["columns"] = {header: _short(rule) for header, rule in sheet.get("columns", {}).items()}
        if sheet.get("header_rows") is not None:
            sheet["header_rows"] = list(sheet["header_rows"])
    head = (
        "# How this kind of file is imported: cmforms import FILE --profile THIS-FILE\n"
        f"# to: a path of the case, `{NOTE}` (kept among the notes), `{IGNORE}`, or `{OPEN}`: to be decided first.\n"
    )
    return (head + yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=120)).encode()


def _short(rule: dict[str, Any]) -> Any:
    rule["to"] = rule["to"][0] if len(rule["to"]) == 1 else list(rule["to"])
    return rule["to"] if set(rule) == {"to"} else rule
