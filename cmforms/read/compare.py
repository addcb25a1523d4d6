"""Judging one text that was read: is it what we printed, what a person added, or our value altered."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from cmforms.definitions.schema import FieldSpec, Form
from cmforms.errors import Finding, review
from cmforms.values.documents import Box, FieldReading, Issued, Source, Status
from cmforms.values.kinds import Kind, Value, parsed, printed

SURE = 1.0
DOUBTFUL = 0.5


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one reader saw of one field. `certainty` is 0 to 1; `doubt` is why a person must look.

    On pictures `method` says what it rests on, `answers` what each reader of the text made of it, and `residual` by
    how many points the picture misses the page that it was laid over.
    """

    raw: str
    reader: str
    page: int | None = None
    box: Box | None = None
    control: str | None = None
    sheet: str | None = None
    cell: str | None = None
    certainty: float = SURE
    doubt: str = ""
    method: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    residual: float | None = None


def compare(
    address: str, spec: FieldSpec, evidence: Evidence, issued: Issued | None, lang: str
) -> FieldReading:
    """Judge what was read against what was issued.

    The issued text means the issued value exactly, whatever its line breaks became. A text where a blank was
    issued was added by a person; another text where one was issued is an alteration, which a person must see.
    """
    wanted = issued_text(address, spec, issued, lang)
    value = issued.values.get(address) if issued else None
    if evidence.doubt:
        return _doubted(address, spec, evidence, wanted, value, lang)
    if same_text(evidence.raw, wanted):
        return _unchanged(address, spec, evidence, value, blank=not wanted.strip())
    found = parsed(spec.type, evidence.raw, lang, spec.labels(lang))
    if wanted.strip():
        if found.value == value and not found.doubt and evidence.raw.strip():
            return _unchanged(address, spec, evidence, value, blank=False)
        doubt = f"printed was {wanted!r}, now it reads {evidence.raw.strip()!r}"
        return _reading(address, evidence, found.value, _judgement(Source.ALTERED, doubt, evidence), value)
    return _reading(address, evidence, found.value, _judgement(Source.ADDED, found.doubt, evidence), value)


def issued_text(address: str, spec: FieldSpec, issued: Issued | None, lang: str) -> str:
    """Return the text that was printed for a field, '' for one left blank."""
    if issued is None:
        return ""
    text = issued.printed.get(address)
    if text is not None:
        return text
    value = issued.values.get(address)
    return "" if value is None else printed(spec.type, value, lang, spec.labels(lang))


def same_text(one: str, other: str) -> bool:
    """Tell whether two texts are the same but for white space, line breaks and Unicode composition."""
    return one == other or _folded(one) == _folded(other)


def alterations(readings: Iterable[FieldReading], form: Form, lang: str, source: str) -> list[Finding]:
    """Return a finding for each field that a person must look at: altered values and doubtful ones."""
    return [
        _finding(reading, _label(form, reading.address, lang), source)
        for reading in readings
        if reading.status is Status.REVIEW
    ]


def _finding(reading: FieldReading, label: str, source: str) -> Finding:
    altered = reading.origin is Source.ALTERED
    return review(
        "value-altered" if altered else "value-doubtful",
        f"{label}: {reading.doubt}",
        source=source, path=reading.address, page=reading.page, box=reading.box, sheet=reading.sheet,
        cell=reading.cell,
        fix="Ask who changed the printed value, and correct the record if it was right."
        if altered else "Look at the document and enter what it says.",
    )


def _label(form: Form, address: str, lang: str) -> str:
    spec = form.spec(address)
    return form.text(spec.label, lang) if spec else address


def _doubted(
    address: str, spec: FieldSpec, evidence: Evidence, wanted: str, value: Value, lang: str
) -> FieldReading:
    found = parsed(spec.type, evidence.raw, lang, spec.labels(lang))
    origin = _doubted_origin(evidence.raw, wanted)
    return _reading(address, evidence, found.value, _judgement(origin, evidence.doubt, evidence), value)


def _doubted_origin(raw: str, wanted: str) -> Source:
    if not raw.strip():
        return Source.NONE
    if not wanted.strip():
        return Source.ADDED
    return Source.PRINTED if same_text(raw, wanted) else Source.ALTERED


def _unchanged(
    address: str, spec: FieldSpec, evidence: Evidence, value: Value, *, blank: bool
) -> FieldReading:
    if blank:
        nothing = False if spec.type is Kind.CHECK else value
        judgement = _BLANK if evidence.certainty == SURE else _BLANK._replace(confidence=evidence.certainty)
        return _reading(address, evidence, nothing, judgement, value)
    return _reading(address, evidence, value, _AS_PRINTED, value)


class _Judgement(NamedTuple):
    """What a text was found to be, how sure that is, and why a person must look."""

    origin: Source
    status: Status
    confidence: float
    doubt: str = ""


_BLANK = _Judgement(Source.NONE, Status.BLANK, SURE)
_AS_PRINTED = _Judgement(Source.PRINTED, Status.ACCEPTED, SURE)


def _judgement(origin: Source, doubt: str, evidence: Evidence) -> _Judgement:
    if doubt or origin is Source.ALTERED:
        return _Judgement(origin, Status.REVIEW, min(DOUBTFUL, evidence.certainty), doubt)
    return _Judgement(origin, Status.ACCEPTED, evidence.certainty)


def _reading(
    address: str, evidence: Evidence, value: Value, judgement: _Judgement, issued: Value
) -> FieldReading:
    origin, status, confidence, doubt = judgement
    return FieldReading(
        address=address,
        value=value,
        status=status,
        confidence=confidence,
        reader=evidence.reader,
        origin=origin,
        page=evidence.page,
        box=evidence.box,
        control=evidence.control,
        sheet=evidence.sheet,
        cell=evidence.cell,
        raw=evidence.raw,
        issued=issued,
        doubt=doubt,
        method=evidence.method,
        answers=evidence.answers,
        residual=evidence.residual,
    )


def _folded(text: str) -> str:
    return " ".join(re.sub(r"[\u2000-\u200b\ufeff]", " ", unicodedata.normalize("NFC", text)).split())
