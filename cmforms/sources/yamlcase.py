"""A case file in YAML: what the model finds wrong gets its line and column."""

from __future__ import annotations

from pathlib import Path

from cmforms.errors import InputError, Where
from cmforms.files import read_bytes
from cmforms.model import case_from
from cmforms.sources.results import Items, SourcedCase
from cmforms.yamlfile import built, composed, with_lines


def iter_yaml(path: Path) -> Items:
    """Yield the one case of a YAML file. Raises InputError with line and column for each fault."""
    source = str(path)
    root = composed(read_bytes(path), source)
    held = built(root, source)
    try:
        yield SourcedCase(case_from(held, source), Where(source=source))
    except InputError as trouble:
        raise InputError(with_lines(trouble.findings, root)) from None
