"""Cases from JSON and JSON lines; faults are told with their line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from cmforms.errors import Finding, InputError, Where
from cmforms.files import read_bytes
from cmforms.model import case_from
from cmforms.sources.results import Items, SourcedCase
from cmforms.yamlfile import composed, with_lines


def iter_json(path: Path) -> Items:
    """Yield the case of a JSON file, or the cases of a JSON array.

    Raises InputError for broken JSON and, where the file holds a single case, for a faulty case.
    """
    data, source = read_bytes(path), str(path)
    held = _parsed(_text(data, source), source)
    if not isinstance(held, list):
        yield _case(held, data, source)
        return
    for number, entry in enumerate(held):
        try:
            yield SourcedCase(case_from(entry, source), Where(source=source, path=f"[{number}]"))
        except InputError as trouble:
            yield from trouble.findings


def iter_jsonl(path: Path) -> Items:
    """Yield the cases and findings of a file with one JSON case a line; blank lines are left out."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    yield _case_of_line(line, str(path), number)
                except InputError as trouble:
                    yield from trouble.findings


def _case_of_line(line: bytes, source: str, number: int) -> SourcedCase:
    where = Where(source=source, line=number)
    try:
        return SourcedCase(case_from(_parsed(_text(line, source), source), source), where)
    except InputError as trouble:
        raise InputError(_on_line(trouble.findings, number)) from None


def _on_line(findings: Iterable[Finding], number: int) -> list[Finding]:
    return [replace(finding, where=replace(finding.where, line=number)) for finding in findings]


def _case(held: Any, data: bytes, source: str) -> SourcedCase:
    try:
        return SourcedCase(case_from(held, source), Where(source=source))
    except InputError as trouble:
        raise InputError(_with_lines(trouble.findings, data, source)) from None


def _with_lines(findings: Iterable[Finding], data: bytes, source: str) -> list[Finding]:
    """Add lines by reading the JSON as YAML, which it is but for odd cases such as tabs."""
    try:
        return with_lines(findings, composed(data, source))
    except InputError:
        return list(findings)


def _text(data: bytes, source: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as trouble:
        raise InputError.because(
            "json-encoding",
            f"is not UTF-8 text (byte {trouble.start})",
            source=source,
            fix="Save it as UTF-8.",
        ) from None


def _parsed(text: str, source: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except json.JSONDecodeError as trouble:
        raise InputError.because(
            "json-broken",
            f"is not valid JSON: {trouble.msg}",
            source=source,
            line=trouble.lineno,
            column=trouble.colno,
        ) from None
    except (ValueError, RecursionError) as trouble:
        reason = "nested too deeply" if isinstance(trouble, RecursionError) else str(trouble)
        raise InputError.because("json-broken", f"is not valid JSON: {reason}", source=source) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(n for n in names if names.count(n) > 1)!r} stands twice")
    return made


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number that JSON knows")
