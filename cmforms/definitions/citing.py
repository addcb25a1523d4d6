"""What definitions may cite: the rows of the policy, and the law beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cmforms.errors import Finding, error

POLICY_IDS = frozenset({
    "A-1", "A-2", "A-3", "A-4", "A-5", "B-1-a", "B-1-b", "B-1-c", "B-1-d", "B-2",
    "C", "D-1", "D-2", "D-3", "D-4", "D-5", "D-N",
})
_LEGAL_CITATION = re.compile(r"(34 CFR|F\.S\.|Rule 6A) ?[\w.()-]+")


def citations(cites: Sequence[str], path: str) -> Iterator[Finding]:
    """Yield a fault for each citation of neither."""
    for cite in cites:
        if cite not in POLICY_IDS and not _LEGAL_CITATION.match(cite):
            yield error("cite-unknown", f"{cite!r} is no id of the policy page", path=path)
