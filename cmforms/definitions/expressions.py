"""The one expression language of templates, bindings and rules: Jinja2, sandboxed, where missing stays missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, UndefinedError, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel

from cmforms.errors import DefinitionError, Finding, error

Compiled = Callable[..., Any]


class _TouchedError(UndefinedError):
    """An expression used a missing value."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message)
        self.path = (message or "").partition("'")[2].partition("'")[0]


class Missing(StrictUndefined):
    """A value that nobody has given yet. It knows its path; any use of it makes the whole expression missing."""

    __slots__ = ()

    def __init__(
        self, hint: str | None = None, obj: Any = None, name: str | None = None, exc: Any = None  # noqa: ARG002
    ) -> None:
        super().__init__(hint or f"'{name}' is missing", obj, name, _TouchedError)

    @property
    def path(self) -> str:
        """The path of the value, as `case.student.dob`."""
        return self._undefined_name or self._undefined_hint or ""


def missing(path: str) -> Missing:
    """Make the missing value at a path."""
    return Missing(name=path)


class Items(list[Any]):
    """A list of the context that knows its path."""

    path: str = ""


class Branch(dict[str, Any]):
    """A part of the context whose keys are reached as attributes, and that knows its path."""

    path: str = ""


def context_of(**roots: Any) -> dict[str, Any]:
    """Turn models into plain branches whose unknown values are `Missing` with their full path.

    Lists stay lists, dates stay dates, an empty optional part is one `Missing`.
    """
    return {name: _plain(value, name) for name, value in roots.items()}


def _plain(value: Any, path: str) -> Any:
    if isinstance(value, BaseModel):
        value = value.model_dump()
    if isinstance(value, Mapping):
        branch = Branch({key: _plain(inner, f"{path}.{key}") for key, inner in value.items()})
        branch.path = path
        return branch
    if isinstance(value, (list, tuple)):
        items = Items(_plain(inner, f"{path}[{index}]") for index, inner in enumerate(value))
        items.path = path
        return items
    return missing(path) if value is None else value


class _Environment(ImmutableSandboxedEnvironment):
    """Attributes of branches are their keys, and nothing else: no method, no Python internals."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Missing):
            return missing(f"{obj.path}.{attribute}")
        if isinstance(obj, Branch):
            return obj[attribute] if attribute in obj else missing(f"{obj.path}.{attribute}")
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Branch) and isinstance(argument, str):
            return self.getattr(obj, argument)
        if isinstance(obj, Items) and isinstance(argument, int) and not -len(obj) <= argument < len(obj):
            return missing(f"{obj.path}[{argument}]")
        return super().getitem(obj, argument)


class Expressions:
    """Compiles each expression once and evaluates it over a context made by `context_of`."""

    def __init__(self, **functions: Callable[..., Any]) -> None:
        self._environment = _Environment(undefined=Missing, cache_size=0)
        self._environment.globals = {**FUNCTIONS, **functions}
        self._environment.filters["first_by"] = first_by
        self._environment.filters["last_by"] = last_by
        self._compiled: dict[str, Compiled] = {}

    def value(self, expression: str, context: Mapping[str, Any]) -> Any:
        """Return the expression's value, or the `Missing` value that it touched.

        Raises DefinitionError when the expression reaches for what the sandbox forbids, or fails.
        """
        run = self._compiled.get(expression) or self._compile(expression)
        try:
            return run(**context)
        except _TouchedError as touched:
            return missing(touched.path)
        except SecurityError as forbidden:
            raise _faulty(expression, f"reaches for what is not allowed: {forbidden}") from None
        except (UndefinedError, TypeError, ValueError, ArithmeticError, LookupError) as trouble:
            raise _faulty(expression, f"cannot be evaluated: {trouble}") from None

    def truth(self, expression: str | bool, context: Mapping[str, Any]) -> bool | Missing:
        """Return whether the expression holds, or the `Missing` value that leaves it unknown."""
        if isinstance(expression, bool):
            return expression
        value = self.value(expression, context)
        return value if isinstance(value, Missing) else bool(value)

    def _compile(self, expression: str) -> Compiled:
        try:
            run = self._environment.compile_expression(expression, undefined_to_none=False)
        except TemplateSyntaxError as faulty:
            raise _faulty(expression, f"is not an expression: {faulty.message}") from None
        self._compiled[expression] = run
        return run

    def faults(self, expression: str, roots: Mapping[str, Any], path: str) -> Iterator[Finding]:
        """Yield what is wrong with an expression before any case is seen: syntax and unknown names.

        `roots` maps each name of the context to its model, or to None when anything may follow it.
        """
        try:
            tree = self._environment.parse("{{ (" + expression + ") }}")
        except TemplateSyntaxError as faulty:
            yield error("expression-syntax", f"{expression!r}: {faulty.message}", path=path)
            return
        for message in _unknown_names(tree, {**self._environment.globals, **roots}):
            yield error("expression-name", f"{expression!r}: {message}", path=path)
        for reach in tree.find_all(nodes.Getattr):
            if reach.attr.startswith("_"):
                yield error("expression-unsafe", f"{expression!r} reaches for {reach.attr!r}", path=path)
        for used in tree.find_all(nodes.Filter):
            if used.name not in self._environment.filters:
                yield error("expression-filter", f"{expression!r}: no filter {used.name!r}", path=path)


def _unknown_names(tree: nodes.Node, roots: Mapping[str, Any]) -> Iterator[str]:
    from cmforms.definitions.names import unknown_step

    inner = {id(chain.node) for chain in tree.find_all(nodes.Getattr)}
    local = {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}
    chains = [node for node in tree.find_all((nodes.Getattr, nodes.Name)) if id(node) not in inner]
    for chain in chains:
        steps = _steps(chain)
        if steps and steps[0] not in local and (message := unknown_step(steps, roots)):
            yield message


def _steps(node: nodes.Node) -> list[str]:
    if isinstance(node, nodes.Name):
        return [node.name]
    if isinstance(node, nodes.Getattr):
        head = _steps(node.node)
        return [*head, node.attr] if head else []
    return []


def _faulty(expression: str, message: str) -> DefinitionError:
    return DefinitionError.because(
        "expression-faulty", f"{expression!r} {message}", fix="Correct the expression in the definition."
    )


def first_by(items: Iterable[Any], key: str) -> Any:
    """Return the item with the smallest value under `key`; a missing list gives missing."""
    ordered = _ordered(items, key)
    return ordered[0] if ordered else _none_of(items, f"first by {key}")


def last_by(items: Iterable[Any], key: str) -> Any:
    """Return the item with the greatest value under `key`; a missing list gives missing."""
    ordered = _ordered(items, key)
    return ordered[-1] if ordered else _none_of(items, f"last by {key}")


def _none_of(items: Iterable[Any], otherwise: str) -> Missing:
    return missing(items.path if isinstance(items, Items) and items.path else otherwise)


def _ordered(items: Iterable[Any], key: str) -> list[Any]:
    known = [item for item in items if not isinstance(item[key], Missing)]
    return sorted(known, key=lambda item: item[key])


def days_between(first: dt.date, second: dt.date) -> int:
    """Return the number of days from the first date to the second."""
    return (second - first).days


def is_wednesday(day: dt.date) -> bool:
    """Tell whether DSPC may meet on the day (CMS D-N)."""
    return day.weekday() == 2


def day(text: str) -> dt.date:
    """Read an ISO date written inside an expression."""
    return dt.date.fromisoformat(text)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "first_by": first_by,
    "last_by": last_by,
    "days_between": days_between,
    "is_wednesday": is_wednesday,
    "day": day,
}
