"""Does a document hold what it should? It is read back, as it is and printed flat, and held against the ledger."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cmforms.errors import Finding, error
from cmforms.store import Store
from cmforms.values.documents import FieldReading, Issued, Reading, Source, Status
from cmforms.values.kinds import Value
from cmforms.workflow.reading import read_own
from cmforms.workflow.targets import MANIFEST
from cmforms.workflow.viewer import flatten
from cmforms.workflow.workspace import Workspace


@dataclass(frozen=True)
class Held:
    """How a document compares with the ledger: the number of equal fields, a finding for each other one."""

    equal: int
    findings: tuple[Finding, ...]


def held_against_ledger(workspace: Workspace, store: Store, path: Path) -> Held:
    """Read a filled document back and compare every field with what was issued."""
    equal = 0
    wrong: list[Finding] = []
    for reading in read_own(workspace, store, path):
        issued = store.issued(reading.issue or "")
        held = compared(reading, issued.values if issued else {})
        equal += held.equal
        wrong += held.findings
    return Held(equal, tuple(wrong))


def compared(reading: Reading, values: Mapping[str, Value]) -> Held:
    """Compare a reading with the issued values: each must be there, as printed, and nothing else."""
    read_back = {field.address: field for field in reading.fields}
    missing = [address for address in values if address not in read_back]
    differing = [address for address, field in read_back.items() if not _same(field, values.get(address))]
    wrong = [
        error("verify-differs", "does not read back as it was issued", source=reading.source, path=address)
        for address in (*missing, *differing)
    ]
    return Held(len(read_back) - len(differing), (*reading.findings, *wrong))


def not_as_issued(reading: Reading, issued: Issued | None) -> Iterator[Finding]:
    """Yield an error for each field that was taken for sure and is not as it was issued, and for each that is lost."""
    values = issued.values if issued else {}
    sure = {field.address: field for field in reading.fields}
    for address in {**sure, **values}:
        field = sure.get(address)
        if field is None or not (field.status is Status.REVIEW or _same(field, values.get(address))):
            yield error("verify-differs", "was not read as it was issued", source=reading.source, path=address)


def _same(field: FieldReading, issued: Value) -> bool:
    if issued is None or issued is False:
        return field.status is Status.BLANK
    return (field.value, field.origin, field.status) == (issued, Source.PRINTED, Status.ACCEPTED)


def verify_run(workspace: Workspace, store: Store, out: Path) -> Iterator[Finding]:
    """Yield what is wrong with the documents that a run's manifest names, read as they are and printed flat.

    Printing renders each field's appearance into its page (PDFium), so that what is read then is what is seen.
    """
    paths = [json.loads(line)["path"] for line in (out / MANIFEST).read_text(encoding="utf-8").splitlines()]
    with TemporaryDirectory(dir=out, prefix=".cmforms-verify-") as scratch:
        for path in dict.fromkeys(out / path for path in paths if path):
            yield from held_against_ledger(workspace, store, path).findings
            if path.suffix == ".pdf":
                flat = flatten(path, Path(scratch) / path.name)
                yield from held_against_ledger(workspace, store, flat).findings
                flat.unlink()
