"""YAML as people write it: safe types only, no key twice, no alias bombs, faults with line and column."""

from __future__ import annotations

import re
from typing import Any

import yaml

from cmforms.errors import InputError

_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MOST_ALIASES = 100


class _Loader(_SafeLoader):  # type: ignore[misc]
    """The safe loader, refusing a key that stands twice in one mapping."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _value in node.value:
            name = str(key.value)
            if name in seen and key.tag != "tag:yaml.org,2002:merge":
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {name!r} stands twice", key.start_mark
                )
            seen.add(name)
        made: dict[Any, Any] = super().construct_mapping(node, deep)
        return made


# YAML 1.1 takes the words on, off, yes and no for booleans, and `on` is the key of every date in a case; YAML 1.2
# (chapter 10.3) knows only true and false.
_Loader.yaml_implicit_resolvers = {
    first: [rule for rule in rules if rule[0] != "tag:yaml.org,2002:bool"]
    for first, rules in _SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"true|True|TRUE|false|False|FALSE"), list("tTfF"))


def load_yaml(data: bytes, source: str) -> Any:
    """Parse one YAML document. Raises InputError naming line and column, counted from 1."""
    try:
        text = data.decode("utf-8-sig")
        if sum(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, _SafeLoader)) > MOST_ALIASES:
            raise InputError.because(
                "yaml-aliases", f"uses more than {MOST_ALIASES} aliases", source=source,
                fix="Write the values out.",
            )
        return yaml.load(text, _Loader)  # noqa: S506 - the loader derives from the safe one
    except UnicodeDecodeError as trouble:
        raise InputError.because(
            "yaml-encoding", f"is not UTF-8 text (byte {trouble.start})", source=source,
            fix="Save it as UTF-8.",
        ) from None
    except yaml.MarkedYAMLError as trouble:
        mark = trouble.problem_mark or trouble.context_mark
        raise InputError.because(
            "yaml-broken", f"is not valid YAML: {trouble.problem}", source=source,
            line=mark.line + 1 if mark else None, column=mark.column + 1 if mark else None,
            fix="Look at that line: indentation, quotes and colons are the usual causes.",
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError) as trouble:
        reason = str(trouble).splitlines()[0] if str(trouble) else type(trouble).__name__
        raise InputError.because("yaml-broken", f"is not valid YAML: {reason}", source=source) from None
