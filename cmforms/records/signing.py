"""Signature blocks: a date counts as signed only beside a signature."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cmforms.definitions.names import names_of
from cmforms.definitions.schema import Form, Signature
from cmforms.errors import Finding, review
from cmforms.model import Case
from cmforms.values.documents import FieldReading, Issued, Reading, Status
from cmforms.values.kinds import Value


@dataclass(frozen=True, slots=True)
class Signing:
    """What one block says: values by path with the field that proves each, and what a person must look at."""

    values: tuple[tuple[str, Value, FieldReading], ...] = ()
    findings: tuple[Finding, ...] = ()


def blocks_of(form: Form) -> Iterator[Signature]:
    """Yield the signature blocks of a form."""
    for section in form.sections:
        for block in section.blocks:
            yield from block.signatures or ()


def signing(block: Signature, reading: Reading, issued: Issued | None) -> Signing:
    """Judge one block of a returned document.

    A signature without a date, or a date without a signature, is a finding and no value. Where the case keeps
    `signed_by` beside `signed_on`, both are recorded together: the printed name is the signer's.
    """
    fields = {field.address: field for field in reading.fields}
    signature, day = fields.get(f"{block.name}_signature"), fields.get(f"{block.name}_signed_on")
    if _in_review(signature) or _in_review(day):
        return Signing()
    if not _given(signature) and not _given(day):
        return Signing()
    if signature is None or not _given(signature):
        return _doubt(block, reading, day, "signature-missing", "dated, but not signed")
    if day is None or not _given(day):
        return _doubt(block, reading, signature, "signature-undated", "signed, but without a date")
    return _signed(block, reading, signature, day, _signer(block, fields, issued))


def _signed(
    block: Signature, reading: Reading, signature: FieldReading, day: FieldReading, signer: Value
) -> Signing:
    if not block.record:
        return Signing()
    path = _signer_path(block.record)
    if path is None:
        return Signing(((block.record, day.value, day),))
    if signer is None:
        return _doubt(block, reading, signature, "signer-unknown", "signed, but without a printed name")
    return Signing(((path, signer, signature), (block.record, day.value, day)))


def _signer(block: Signature, fields: Mapping[str, FieldReading], issued: Issued | None) -> Value:
    name = fields.get(f"{block.name}_printed")
    if name is not None and name.status is Status.ACCEPTED and _given(name):
        return name.value
    if name is not None and name.status is Status.REVIEW:
        return None
    return issued.values.get(f"{block.name}_printed") if issued else None


def _signer_path(record: str) -> str | None:
    """Return the path beside a `signed_on` where the case keeps the signer's name."""
    parent, _, last = record.rpartition(".")
    model = Case
    for step in parent.split("."):
        inner = names_of(model).get(step)
        if inner is None:
            return None
        model = inner
    return f"{parent}.signed_by" if last == "signed_on" and "signed_by" in names_of(model) else None


def _given(field: FieldReading | None) -> bool:
    return field is not None and field.status is Status.ACCEPTED and field.value not in (None, "", False)


def _in_review(field: FieldReading | None) -> bool:
    return field is not None and field.status is Status.REVIEW


def _doubt(
    block: Signature, reading: Reading, field: FieldReading | None, code: str, what: str
) -> Signing:
    label = block.label.get(reading.lang or "en") or next(iter(block.label.values()))
    finding = review(
        code, f"{label}: {what}; nothing was recorded", cites=block.cites, source=reading.source,
        case=reading.subject, path=field.address if field else None, page=field.page if field else None,
        box=field.box if field else None, fix="Have it completed, and read the document again.",
    )
    return Signing(findings=(finding,))
