"""Readings become values of the record, and the record's values the case as it stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from cmforms.definitions.schema import Form
from cmforms.errors import Finding, note, review
from cmforms.records.applying import overlay
from cmforms.records.places import Place, place_of
from cmforms.records.signing import blocks_of, signing
from cmforms.values.documents import FieldReading, Issued, Reading, RecordValue, Source, Status
from cmforms.values.kinds import to_json

__all__ = ["overlay", "record_values"]


def record_values(
    reading: Reading, form: Form, issued: Issued | None, at: dt.datetime
) -> tuple[list[RecordValue], list[Finding]]:
    """Return what people added to a document, or altered on it, as values of the case with their origin.

    Printed values are in the case already, and blank ones say nothing. Values in review wait: each is listed
    as a finding. A signature's date counts beside the signature alone (see `signing`). A spare row filled in
    by hand becomes a new entry of its list. Nothing is taken from a draft. `at` is the time of recording.
    """
    if reading.subject is None:
        return [], [_not_recorded(reading, "case-unnamed", "it is not known which case it belongs to")]
    if issued is not None and issued.draft:
        return [], [_not_recorded(reading, "draft-returned", "it is a draft")]
    recorder = _Recorder(reading, form, issued, at)
    return list(recorder.values()), list(recorder.findings())


@dataclass(frozen=True)
class _Recorder:
    """Takes the values of one returned document."""

    reading: Reading
    form: Form
    issued: Issued | None
    at: dt.datetime

    def values(self) -> Iterator[RecordValue]:
        signed = self._signed_addresses()
        for field in self.reading.fields:
            place = self._place(field)
            if place and _from_a_person(field) and field.address not in signed:
                yield self._value(place, field, field.value)
        for block in blocks_of(self.form):
            for path, value, field in signing(block, self.reading, self.issued).values:
                yield self._value(Place(path), field, value, block=block.name)

    def findings(self) -> Iterator[Finding]:
        for field in self.reading.fields:
            place = self._place(field)
            if place and field.status is Status.REVIEW:
                yield self._waiting(field, place)
        for block in blocks_of(self.form):
            yield from signing(block, self.reading, self.issued).findings

    def _place(self, field: FieldReading) -> Place | None:
        return place_of(self.form, field.address, self.issued)

    def _signed_addresses(self) -> set[str]:
        return {f"{block.name}_signed_on" for block in blocks_of(self.form)}

    def _value(self, place: Place, field: FieldReading, value: Any, **more: Any) -> RecordValue:
        origin: dict[str, Any] = {
            "document": self.reading.sha256,
            "file": self._file(field),
            "source": PurePath(field.source or self.reading.source).name,
            "form": self.form.id,
            "issue": self.reading.issue,
            "address": field.address,
            "page": field.page,
            "box": list(field.box) if field.box else None,
            "control": field.control,
            "sheet": field.sheet,
            "cell": field.cell,
            "reader": field.reader,
            "confidence": field.confidence,
            "raw": field.raw,
            "issued": to_json(field.issued) if field.origin is Source.ALTERED else None,
            "entry": dict(place.entry),
            "time": self.at.isoformat(timespec="seconds"),
            **more,
        }
        kept = {key: part for key, part in origin.items() if part not in (None, {}, "")}
        return RecordValue(str(self.reading.subject), place.path, value, kept)

    def _file(self, field: FieldReading) -> str | None:
        """Return the hash of the file that a value stands in, for a document that came in several."""
        return next((part.sha256 for part in self.reading.parts if part.source == field.source), None)

    def _waiting(self, field: FieldReading, place: Place) -> Finding:
        spec = self.form.spec(field.address)
        label = self.form.text(spec.label, self.reading.lang or "en") if spec else field.address
        return review(
            "value-not-recorded", f"{label}: is not in the record yet, since somebody must look first",
            source=self.reading.source, case=self.reading.subject, path=field.address, page=field.page,
            box=field.box, fix=f"Look at the document, and enter {place.path} in the case.",
        )


def _from_a_person(field: FieldReading) -> bool:
    by_hand = field.origin in (Source.ADDED, Source.ALTERED)
    return by_hand and field.status is Status.ACCEPTED and field.value not in (None, "")


def _not_recorded(reading: Reading, code: str, why: str) -> Finding:
    return note(
        code, f"nothing was recorded: {why}", source=reading.source, case=reading.subject,
        fix="Fill the document for the case, and read the one that comes back.",
    )
