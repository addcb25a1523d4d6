"""Cases from YAML, JSON and JSON lines; faults are told with their line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from cmforms.errors import Finding, InputError, Where, error
from cmforms.files import read_bytes
from cmforms.model import case_from
from cmforms.sources.results import Items, SourcedCase
from cmforms.yamlfile import load_yaml

_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def iter_yaml(path: Path) -> Items:
    """Yield the one case of a YAML file. Raises InputError with line and column for each fault."""
    data = read_bytes(path)
    yield _case(_keys_as_written(load_yaml(data, str(path))), data, str(path))


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
        raise InputError(_with_lines(trouble.findings, data)) from None


def _keys_as_written(held: Any) -> Any:
    """Turn the key `on`, which YAML 1.1 reads as true, back into what was written."""
    if isinstance(held, dict):
        return {"on" if key is True else key: _keys_as_written(value) for key, value in held.items()}
    return [_keys_as_written(value) for value in held] if isinstance(held, list) else held


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


def _with_lines(findings: Iterable[Finding], data: bytes) -> list[Finding]:
    """Add the line and column of each finding's path, counted from 1."""
    try:
        root = yaml.compose(data.decode("utf-8-sig"), _SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return list(findings)  # JSON that YAML does not take, such as one indented by tabs
    return [_with_line(finding, root) for finding in findings]


def _with_line(finding: Finding, root: Any) -> Finding:
    mark = getattr(root, "start_mark", None)
    node = root
    for step in _steps(finding.where.path or ""):
        found = _child(node, step)
        if found is None:
            break
        mark, node = found
    if mark is None:
        return finding
    return replace(finding, where=replace(finding.where, line=mark.line + 1, column=mark.column + 1))


def _steps(path: str) -> list[str]:
    return [step for step in path.replace("[", ".").replace("]", "").split(".") if step]


def _child(node: Any, step: str) -> tuple[Any, Any] | None:
    """Return the mark and the node of a key or an index."""
    if isinstance(node, yaml.MappingNode):
        return next(((key.start_mark, value) for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and step.isdecimal() and int(step) < len(node.value):
        return node.value[int(step)].start_mark, node.value[int(step)]
    return None
