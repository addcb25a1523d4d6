"""YAML as people write it, read as it was written: no key twice, no alias bombs, faults with line and column.

YAML 1.1 turns `on` into true, `No` into false, 14:05 into 845 and 0100 into 64, and breaks off at the 30th of
February. Here a plain word, time, date or number with leading zeros stays the text that it is (YAML 1.2,
chapter 10.3), and the model or the definition that it is for says what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import yaml

from cmforms.errors import Finding, InputError

MOST_ALIASES = 100
DEEPEST = 200
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CORE = "tag:yaml.org,2002:"
_TAGS = {_CORE + name for name in ("null", "bool", "int", "float", "str", "timestamp", "seq", "map")}
_TAGS |= {_CORE + "value", _CORE + "merge"}  # the plain words = and <<


def load_yaml(data: bytes, source: str) -> Any:
    """Return the plain data of one YAML document. Raises InputError naming line and column, counted from 1."""
    return built(composed(data, source), source)


def composed(data: bytes, source: str) -> yaml.Node | None:
    """Parse a YAML document into nodes; None for an empty one. Raises InputError naming line and column."""
    try:
        text = data.decode("utf-8-sig")
        if _depth(text) > DEEPEST:
            raise InputError.because("yaml-broken", f"is nested more than {DEEPEST} deep", source=source)
        if sum(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, _Loader)) > MOST_ALIASES:
            message = f"uses more than {MOST_ALIASES} aliases"
            raise InputError.because("yaml-aliases", message, source=source, fix="Write the values out.")
        return yaml.compose(text, _Loader)
    except UnicodeDecodeError as trouble:
        message = f"is not UTF-8 text (byte {trouble.start})"
        raise InputError.because("yaml-encoding", message, source=source, fix="Save it as UTF-8.") from None
    except yaml.MarkedYAMLError as trouble:
        mark = trouble.problem_mark or trouble.context_mark
        raise _broken(str(trouble.problem), source, mark) from None
    except (yaml.YAMLError, ValueError, RecursionError) as trouble:
        raise _broken(str(trouble).partition("\n")[0] or type(trouble).__name__, source, None) from None


def with_lines(findings: Iterable[Finding], root: yaml.Node | None) -> list[Finding]:
    """Add the line and column, counted from 1, of the key or value that each finding's path names."""
    return [_with_line(finding, root) for finding in findings]


def built(root: yaml.Node | None, source: str) -> Any:
    """Return the plain data of a parsed document. Raises InputError naming line and column."""
    made: dict[int, Any] = {}

    def build(node: yaml.Node | None) -> Any:
        if node is None:
            return None
        if id(node) not in made:  # an alias is the same node again: what it stands for is built once
            made[id(node)] = _value(node, build, source)
        return made[id(node)]

    try:
        return build(root)
    except RecursionError:
        raise _broken("an alias refers to itself", source, None) from None


def _value(node: yaml.Node, build: Any, source: str) -> Any:
    if node.tag not in _TAGS:
        raise _broken(f"the tag {node.tag} is not allowed", source, node.start_mark)
    if isinstance(node, yaml.SequenceNode):
        return [build(entry) for entry in node.value]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, build, source)
    return _scalar(node.tag.removeprefix(_CORE), node.value)


def _mapping(node: yaml.MappingNode, build: Any, source: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _broken("a key must be a plain word", source, key.start_mark)
        if key.value in made:
            raise _broken(f"the key {key.value!r} stands twice", source, key.start_mark)
        made[key.value] = build(value)
    return made


def _scalar(tag: str, text: str) -> Any:
    """Return the value of YAML 1.2's core types; everything else stays as written."""
    if tag == "null":
        return None
    if tag == "bool" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if tag == "int" and re.fullmatch(r"[-+]?(0|[1-9]\d*)", text):
        return int(text)
    if tag == "float" and re.fullmatch(r"[-+]?\d+(\.\d*)?([eE][-+]?\d+)?", text):
        return float(text)
    return text


def _depth(text: str) -> int:
    """Return how deep brackets nest; the parser takes the square of that in time."""
    depth = deepest = 0
    for bracket in re.findall(r"[\[\]{}]", text):
        depth = depth + 1 if bracket in "[{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return deepest


def _broken(reason: str, source: str, mark: Any) -> InputError:
    return InputError.because(
        "yaml-broken",
        f"is not valid YAML: {reason}",
        source=source,
        line=mark.line + 1 if mark else None,
        column=mark.column + 1 if mark else None,
        fix="Look at that line: indentation, quotes and colons are the usual causes.",
    )


def _with_line(finding: Finding, root: yaml.Node | None) -> Finding:
    mark, node = getattr(root, "start_mark", None), root
    for step in re.findall(r"[^.\[\]]+", finding.where.path or ""):
        found = _child(node, step)
        if found is None:
            break
        mark, node = found
    if mark is None:
        return finding
    return replace(finding, where=replace(finding.where, line=mark.line + 1, column=mark.column + 1))


def _child(node: yaml.Node | None, step: str) -> tuple[Any, yaml.Node] | None:
    """Return the mark and the node of a key or an index."""
    if isinstance(node, yaml.MappingNode):
        return next(((key.start_mark, value) for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and step.isdecimal() and int(step) < len(node.value):
        return node.value[int(step)].start_mark, node.value[int(step)]
    return None
