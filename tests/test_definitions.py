"""Definitions that a district edits: every fault at once, with its path and the nearest right name."""

from __future__ import annotations

from pathlib import Path

import pytest

from cmforms.definitions.library import load
from cmforms.definitions.schema import Form
from cmforms.errors import DefinitionError

FIXTURES = Path(__file__).parent / "fixtures"


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "sampler.yaml"
    text = (FIXTURES / "sampler.yaml").read_text(encoding="utf-8")
    for right, wrong in (("revision:", "revison:"), ("type: date", "type: dat"), ("by: parent", "by: nobody-known")):
        assert right in text
        text = text.replace(right, wrong, 1)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError) as refused:
        load(path, Form)
    told = {str(finding.where.path): finding.message for finding in refused.value.findings}
    assert told["revision"] == "is missing"
    assert told["revison"] == "is not a known key; did you mean 'revision'?"
    [kind] = [message for at, message in told.items() if at.endswith(".type")]
    assert kind == "'dat' is not a type; did you mean 'date'?"
    [writer] = [message for at, message in told.items() if at.endswith(".by")]
    assert writer.startswith("'nobody-known' is not a by; use one of toolkit, ")
