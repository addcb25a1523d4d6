"""Rows of the tables, from and to the records that the stages know."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from sqlalchemy import RowMapping

from cmforms.store.encoding import decoded, decoded_finding, decoded_map, encoded, encoded_map
from cmforms.values.documents import FieldReading, Issued, Reading, RecordValue, Source, Status


def issue_row(issued: Issued) -> dict[str, Any]:
    """Return the ledger row of an issued document."""
    return {
        "issue": issued.issue, "sha256": issued.sha256, "form": issued.form, "revision": issued.revision,
        "lang": issued.lang, "format": issued.format, "subject": issued.subject,
        "recipient": issued.recipient, "draft": issued.draft, "pages": list(issued.pages),
        "values": encoded_map(issued.values), "printed": dict(issued.printed),
    }


def issued_of(row: RowMapping) -> Issued:
    """Return the issued document of a ledger row."""
    return Issued(
        issue=row["issue"], form=row["form"], revision=row["revision"], lang=row["lang"],
        format=row["format"], subject=row["subject"], recipient=row["recipient"], sha256=row["sha256"],
        pages=tuple(row["pages"]), values=decoded_map(row["values"]), printed=dict(row["printed"]),
        draft=row["draft"], issued_at=row["issued_at"],
    )


def document_row(reading: Reading) -> dict[str, Any]:
    """Return the row of a returned document; of its path only the file's own name is kept."""
    return {
        "sha256": reading.sha256, "issue": reading.issue or "", "form": reading.form or "",
        "source": base_name(reading.source), "kind": reading.kind, "revision": reading.revision,
        "lang": reading.lang, "subject": reading.subject, "pages": list(reading.pages),
        "expected_pages": reading.expected_pages, "candidates": list(reading.candidates),
        "findings": [finding.as_json() for finding in reading.findings],
    }


def reading_rows(reading: Reading, document_id: int) -> list[dict[str, Any]]:
    """Return a row for each field of a returned document."""
    return [
        {
            "document_id": document_id, "address": field.address, "value": encoded(field.value),
            "status": field.status.value, "confidence": field.confidence, "reader": field.reader,
            "origin": field.origin.value, "page": field.page, "box": field.box, "control": field.control,
            "raw": field.raw, "issued": encoded(field.issued), "doubt": field.doubt, "evidence": _evidence(field),
        }
        for field in reading.fields
    ]


def field_of(row: RowMapping) -> FieldReading:
    """Return the field of a reading row."""
    return FieldReading(
        address=row["address"], value=decoded(row["value"]), status=Status(row["status"]),
        confidence=row["confidence"], reader=row["reader"], origin=Source(row["origin"]), page=row["page"],
        box=tuple(row["box"]) if row["box"] else None, control=row["control"], raw=row["raw"],
        issued=decoded(row["issued"]), doubt=row["doubt"], **(row["evidence"] or {}),
    )


_EVIDENCE = ("source", "sheet", "cell", "method", "answers", "residual")


def _evidence(field: FieldReading) -> dict[str, Any] | None:
    """Return what a field rests on beside its place on a page; `source` without its folder, which may name people."""
    held = {name: value for name in _EVIDENCE if (value := getattr(field, name)) not in (None, "", {})}
    if "source" in held:
        held["source"] = base_name(field.source)
    return held or None


def reading_of(row: RowMapping, fields: tuple[FieldReading, ...]) -> Reading:
    """Return the returned document of its row and its fields."""
    return Reading(
        source=row["source"], sha256=row["sha256"], kind=row["kind"], form=row["form"] or None,
        revision=row["revision"], lang=row["lang"], issue=row["issue"] or None, subject=row["subject"],
        pages=tuple(row["pages"]), expected_pages=row["expected_pages"], fields=fields,
        findings=tuple(decoded_finding(data) for data in row["findings"]),
        candidates=tuple(row["candidates"]),
    )


def value_row(value: RecordValue, document_id: int | None) -> dict[str, Any]:
    """Return the row of a record value."""
    return {
        "document_id": document_id, "case_id": value.case, "path": value.path,
        "value": encoded(value.value), "origin": dict(value.origin),
    }


def value_of(row: RowMapping) -> RecordValue:
    """Return the record value of a row; its origin gains the time of recording, when it has none."""
    origin = {"time": row["recorded_at"].isoformat(timespec="seconds"), **row["origin"]}
    return RecordValue(row["case_id"], row["path"], decoded(row["value"]), origin)


def base_name(source: str) -> str:
    """Return the file's own name, whichever system wrote the path."""
    return PurePath(source.replace("\\", "/")).name
