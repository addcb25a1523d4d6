"""From a case to the values of one document: what each field says, and what is missing or does not fit."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cmforms.definitions.expressions import Branch, Expressions, Missing, missing
from cmforms.definitions.schema import FieldSpec, Form, Group, Writer
from cmforms.errors import Finding, Severity, error
from cmforms.values.documents import Bound
from cmforms.values.kinds import Kind, Value, printed

Context = Mapping[str, Any]

_PATH = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
_LINE_ENDS = re.compile(r"\r\n?|[\x85\u2028\u2029]")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_PLANS_KEPT = 64


class _UnfitError(Exception):
    """A value that its field cannot show; the text says why, without the value."""

    def __init__(self, message: str, code: str = "value-type") -> None:
        super().__init__(message)
        self.code = code


def bind(
    form: Form, context: Context, lang: str, expressions: Expressions, *, draft: bool = False
) -> Bound:
    """Evaluate every field that the toolkit fills; the rows of a group are `contacts[3].on`, from 0.

    `context` comes from `context_of`. A row's expressions see its item's keys, the item as `row`, and
    `number` from 1. Findings: `required-missing`, `value-type`, `value-option`, `control-character`: errors,
    or notes in a draft. Raises DefinitionError when an expression is faulty.
    """
    binder = _Binder(form, context, lang, expressions)
    binder.run()
    findings = binder.findings
    if draft:
        findings = [replace(finding, severity=Severity.NOTE) for finding in findings]
    return Bound(binder.values, binder.rows, tuple(findings))


@dataclass(frozen=True, slots=True)
class _Cell:
    """A field with its binding; `steps` are the keys of a binding that is a plain path."""

    spec: FieldSpec
    expression: str | None
    steps: tuple[str, ...]
    take: Callable[[FieldSpec, Any, str], Value]


@dataclass(frozen=True, slots=True)
class _Plan:
    """The cells of a form, loose and by group."""

    form: Form
    loose: tuple[_Cell, ...]
    groups: tuple[tuple[Group, tuple[_Cell, ...]], ...]


_plans: dict[int, _Plan] = {}


def _plan(form: Form) -> _Plan:
    """Return the form's plan, made once; forms are not hashable, so that their identity is the key."""
    known = _plans.get(id(form))
    if known is None or known.form is not form:
        if len(_plans) >= _PLANS_KEPT:
            _plans.clear()
        groups = tuple((group, _cells(group.fields)) for group in form.groups.values())
        known = _plans[id(form)] = _Plan(form, _cells(tuple(form.fields.values())), groups)
    return known


def _cells(specs: tuple[FieldSpec, ...]) -> tuple[_Cell, ...]:
    return tuple(
        _Cell(spec, bound, _steps(bound), _TAKERS.get(spec.type, _take_text))
        for spec in specs
        for bound in (None if spec.suggested else spec.bind,)
        if spec.by is Writer.TOOLKIT and (bound or spec.required)
    )


def _steps(expression: str | None) -> tuple[str, ...]:
    plain = (expression or "").strip()
    return tuple(plain.split(".")) if _PATH.fullmatch(plain) else ()


class _Binder:
    """Binds one document."""

    def __init__(self, form: Form, context: Context, lang: str, expressions: Expressions) -> None:
        self._form = form
        self._context = context
        self._lang = lang
        self._expressions = expressions
        self._case = _case_id(context)
        self.values: dict[str, Value] = {}
        self.rows: dict[str, int] = {}
        self.findings: list[Finding] = []

    def run(self) -> None:
        plan = _plan(self._form)
        for cell in plan.loose:
            self._field(cell, cell.spec.name, self._context)
        for group, cells in plan.groups:
            items = self._items(group)
            self.rows[group.name] = len(items)
            for index, item in enumerate(items):
                inside = _row_context(self._context, item, index)
                for cell in cells:
                    self._field(cell, f"{group.name}[{index}].{cell.spec.name}", inside)

    def _items(self, group: Group) -> list[Any]:
        found = self._expressions.value(group.each, self._context)
        if isinstance(found, Missing) or found is None:
            return []
        if isinstance(found, (str, Mapping)) or not hasattr(found, "__iter__"):
            self._report("value-type", f"the rows of {group.name!r}: {group.each!r} gives no list")
            return []
        return list(found)

    def _field(self, cell: _Cell, address: str, context: Context) -> None:
        value = self._evaluate(cell, context)
        if value is None or isinstance(value, Missing) or (isinstance(value, str) and not value.strip()):
            if cell.spec.required is not False:
                self._need(cell, address, value, context)
            return
        try:
            self.values[address] = cell.take(cell.spec, value, self._lang)
        except _UnfitError as why:
            said = f"{self._label(cell.spec)!r} {why}"
            self._report(why.code, said, cell.spec, address, f"Correct {cell.expression} in the case.")

    def _evaluate(self, cell: _Cell, context: Context) -> Any:
        if cell.expression is None:
            return None
        found = _walk(cell.steps, context) if cell.steps else _NOT_WALKED
        return self._expressions.value(cell.expression, context) if found is _NOT_WALKED else found

    def _need(self, cell: _Cell, address: str, value: Any, context: Context) -> None:
        wanted = self._expressions.truth(cell.spec.required, context)
        if wanted is False:
            return
        path = value.path if isinstance(value, Missing) else cell.expression or "its binding"
        message = f"{self._label(cell.spec)!r} is required, and {path} is missing"
        if isinstance(wanted, Missing):
            message += f" (whether it is required depends on {wanted.path}, which is missing too)"
        entry = path.removeprefix("case.")
        self._report("required-missing", message, cell.spec, address, f"Enter it in the case as {entry}.")

    def _label(self, spec: FieldSpec) -> str:
        return self._form.text(spec.label, "en")

    def _report(
        self, code: str, message: str, spec: FieldSpec | None = None, path: str | None = None, fix: str = ""
    ) -> None:
        cites = (spec.cites if spec else ()) or self._form.cites
        self.findings.append(error(code, message, fix=fix, cites=cites, case=self._case, path=path))


_NOT_WALKED = object()


def _walk(steps: tuple[str, ...], context: Context) -> Any:
    """Follow a plain path; most bindings are one, and this gives what the expression would, far sooner."""
    value: Any = context.get(steps[0], _NOT_WALKED)
    for step in steps[1:]:
        if type(value) is not Branch or step not in value:
            return _NOT_WALKED
        value = value[step]
    return value


def _case_id(context: Context) -> str | None:
    case = context.get("case")
    return str(case["id"]) if isinstance(case, Mapping) and "id" in case else None


def _row_context(context: Context, item: Any, index: int) -> dict[str, Any]:
    inside = {**context, **item} if isinstance(item, Mapping) else dict(context)
    inside["row"] = item if item is not None else missing("row")
    inside["number"] = index + 1
    return inside


def _take_text(spec: FieldSpec, value: Any, lang: str) -> str:
    """Take text as typed, and numbers and dates as they would be printed."""
    if isinstance(value, (int, float, dt.date, dt.time)) and not isinstance(value, bool):
        return printed(spec.type, value, lang)
    if not isinstance(value, str):
        raise _UnfitError(f"takes text, and the case gives {_kind_of(value)}")
    text = _LINE_ENDS.sub("\n", value)
    if bad := _UNPRINTABLE.search(text):
        raise _UnfitError(
            f"holds the character U+{ord(bad.group()):04X}, which cannot be printed", "control-character"
        )
    return text


def _take_date(_spec: FieldSpec, value: Any, _lang: str) -> dt.date:
    if isinstance(value, dt.datetime) or not isinstance(value, dt.date):
        raise _UnfitError(f"takes a date, and the case gives {_kind_of(value)}")
    return value


def _take_time(_spec: FieldSpec, value: Any, _lang: str) -> dt.time:
    if not isinstance(value, dt.time):
        raise _UnfitError(f"takes a time of day, and the case gives {_kind_of(value)}")
    return value


def _take_integer(_spec: FieldSpec, value: Any, _lang: str) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value):
        raise _UnfitError(f"takes a whole number, and the case gives {_kind_of(value)}")
    return int(value)


def _take_decimal(_spec: FieldSpec, value: Any, _lang: str) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _UnfitError(f"takes a number, and the case gives {_kind_of(value)}")
    return value


def _take_choice(spec: FieldSpec, value: Any, _lang: str) -> str:
    options = [option.value for option in spec.options]
    if isinstance(value, bool) or str(value) not in options:
        raise _UnfitError(
            f"takes one of {', '.join(options)}, and the case gives something else", "value-option"
        )
    return str(value)


def _take_check(_spec: FieldSpec, value: Any, _lang: str) -> bool:
    if not isinstance(value, bool):
        raise _UnfitError(f"takes yes or no, and the case gives {_kind_of(value)}")
    return value


def _kind_of(value: Any) -> str:
    """Name a value's type in a clerk's words; the value itself is nobody's business here."""
    return next((name for kind, name in _KIND_NAMES if isinstance(value, kind)), "a list")


_KIND_NAMES: tuple[tuple[type, str], ...] = (
    (bool, "yes or no"), (str, "text"), (int, "a number"), (float, "a number"),
    (dt.datetime, "a date with a time"), (dt.date, "a date"), (dt.time, "a time"),
    (Mapping, "a group of values"),
)

_TAKERS: dict[Kind, Callable[[FieldSpec, Any, str], Value]] = {
    Kind.DATE: _take_date,
    Kind.TIME: _take_time,
    Kind.INTEGER: _take_integer,
    Kind.DECIMAL: _take_decimal,
    Kind.CHOICE: _take_choice,
    Kind.CHECK: _take_check,
}
