"""A Word document that came back: its content controls read by their tags."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from cmforms.definitions.schema import ROW_ADDRESS, FieldSpec, Form, Group
from cmforms.errors import CmformsError, Finding, note, review
from cmforms.ooxml import Package, W
from cmforms.read.compare import Evidence, alterations, compare, issued_text, same_text
from cmforms.read.docx_aligned import Aligner, read_aligned
from cmforms.read.docx_controls import Control, changes, controls
from cmforms.read.docx_identity import Identifier, nearest_forms
from cmforms.read.docx_rows import aligned
from cmforms.read.pdf_form import TYPED
from cmforms.read.reference import Origin, Reference
from cmforms.read.standing import about_edition, about_issue
from cmforms.values.documents import FieldReading, Issued, Reading
from cmforms.values.kinds import CHECKED, Kind

READER = "docx-control"
PICTURE = "picture"
UNKNOWN = "unknown"
_BY_HAND = "Look at the document; enter by hand what was added to it."


def read_docx(data: bytes, source: str, reference: Reference) -> list[Reading]:
    """Return the reading of a Word document.

    Raises InputError: `docx-damaged`, `docx-encrypted`, `docx-foreign`, `docx-too-large`.
    """
    package = Package(data, source)
    root = package.xml(package.main)
    found = list(controls(root))
    identifier = Identifier(package, reference)
    origin = identifier.run()
    desk = _Desk(source, hashlib.sha256(data).hexdigest(), reference)
    if origin is None:
        names = {control.name for control in found}
        return [desk.unknown(nearest_forms(package, names, reference.library), identifier.findings)]
    said = [*identifier.findings, *_about_file(package, root)]
    return [desk.document(origin, root, said)]


def _about_file(package: Package, root: etree._Element) -> Iterator[Finding]:
    source = package.source
    if count := changes(root):
        yield note("docx-changes", f"{count} tracked changes were read as accepted", source=source)
    for link in package.relations(package.main):
        if link.kind == "comments" and link.target in package:
            count = sum(1 for _ in package.xml(link.target).iter(f"{W}comment"))
            yield note("docx-comments", f"holds {count} comments", source=source, fix="Read them in Word.")


@dataclass(frozen=True)
class _Desk:
    """Reads one document."""

    source: str
    sha256: str
    reference: Reference

    def document(self, origin: Origin, root: etree._Element, said: Sequence[Finding]) -> Reading:
        """Read a document whose origin is known."""
        issued = self.reference.ledger(origin.issue) if origin.issue else None
        findings = [*said, *about_issue(origin, issued, self.source)]
        try:
            form = self.reference.library.form(origin.form)
        except CmformsError as unknown:
            return self._reading(origin, issued, (), [*findings, *unknown.findings])
        findings += about_edition(form, origin, self.source)
        if origin.issue is None:
            # The blank template: its controls hold tags, and what was typed over them is in no issued form.
            return self._reading(origin, issued, (), findings)
        fields, more = self._fields(form, origin.lang, issued, root)
        return self._reading(origin, issued, fields, [*findings, *more])

    def _fields(
        self, form: Form, lang: str, issued: Issued | None, root: etree._Element
    ) -> tuple[list[FieldReading], list[Finding]]:
        """Read the controls, and what has none by its place in the text, where that can be known."""
        found = list(controls(root))
        plain = form.official is not None or not found
        outline = self.reference.outline(issued) if issued and plain else {}
        if not (found or outline):
            return [], [review(
                "controls-missing", "has no tagged content controls: nothing can be read from it",
                source=self.source, fix=f"{_BY_HAND} LibreOffice before 7.5 drops the tags.",
            )]  # fmt: skip
        reader = _Fields(form, lang, issued, self.source)
        fields = reader.run(found) if found else []
        if outline:
            beside, said = read_aligned(form, lang, issued, root, Aligner(self.source, outline))
            known = {field.address for field in fields}
            fields += [field for field in beside if field.address not in known]
            known = {field.address for field in fields}
            gone = [finding for finding in reader.findings if finding.where.path not in known]
            reader.findings = [*gone, *said]
        return fields, [*reader.findings, *alterations(fields, form, lang, self.source)]

    def _reading(
        self, origin: Origin, issued: Issued | None, fields: Sequence[FieldReading],
        findings: Sequence[Finding],
    ) -> Reading:
        return Reading(
            source=self.source, sha256=self.sha256, kind=READER, form=origin.form, revision=origin.revision,
            lang=origin.lang, issue=origin.issue, subject=issued.subject if issued else None, pages=(),
            expected_pages=None, fields=tuple(fields), findings=tuple(findings),
        )

    def unknown(self, nearest: tuple[str, ...], said: Sequence[Finding]) -> Reading:
        """Report a Word document that is none of ours, with the nearest forms."""
        near = f"; nearest: {', '.join(nearest)}" if nearest else ""
        finding = review(
            "document-unknown", f"is no document known here{near}", source=self.source,
            fix="See what it is. A document of ours is known by its properties and its QR code.",
        )
        return Reading(
            source=self.source, sha256=self.sha256, kind=UNKNOWN, form=None, revision=None, lang=None,
            issue=None, subject=None, pages=(), expected_pages=None, fields=(), findings=(*said, finding),
            candidates=nearest,
        )


class _Fields:
    """Reads the fields of one document out of its controls. After `run`, `findings` says what is missing."""

    def __init__(self, form: Form, lang: str, issued: Issued | None, source: str) -> None:
        self._form = form
        self._lang = lang
        self._issued = issued
        self._source = source
        self.findings: list[Finding] = []

    def run(self, found: Sequence[Control]) -> list[FieldReading]:
        """Return the fields in the order of the form."""
        readings: list[FieldReading] = []
        for name, spec in self._form.fields.items():
            own = [control for control in found if control.group is None and control.name == name]
            if own:
                readings.append(self._field(name, spec, own))
            else:
                self._say("control-missing", f"the field {self._label(spec)!r} is gone", name)
        for group in self._form.groups.values():
            readings += self._rows(group, [control for control in found if control.group == group.name])
        return readings

    def _rows(self, group: Group, found: Sequence[Control]) -> Iterator[FieldReading]:
        rows = _by_row(found)
        issued = self._issued_rows(group)
        texts = [tuple(self._raw(spec, row)[0] for spec in group.fields) for row in rows]
        numbers = aligned(texts, issued, _folded)
        for number in sorted(set(range(len(issued))) - set(numbers)):
            if any(issued[number]):
                place = f"{group.name}[{number}]"
                self._say("row-missing", f"row {number + 1} of {group.name!r} is gone", place)
        for number, row in sorted(zip(numbers, rows, strict=True), key=lambda pair: pair[0]):
            for spec in group.fields:
                address = f"{group.name}[{number}].{spec.name}"
                if own := [control for control in row if control.name == spec.name]:
                    yield self._field(address, spec, own)
                elif issued_text(address, spec, self._issued, self._lang):
                    self._say("control-missing", f"the field {self._label(spec)!r} is gone", address)

    def _issued_rows(self, group: Group) -> list[tuple[str, ...]]:
        printed = self._issued.printed if self._issued else {}
        places = filter(None, map(ROW_ADDRESS.fullmatch, printed))
        used = [int(place["row"]) + 1 for place in places if place["group"] == group.name]
        count = max([group.rows, *used])
        return [
            tuple(printed.get(f"{group.name}[{row}].{spec.name}", "") for spec in group.fields)
            for row in range(count)
        ]

    def _field(self, address: str, spec: FieldSpec, own: Sequence[Control]) -> FieldReading:
        raw, doubt = self._raw(spec, own)
        evidence = Evidence(raw, READER, control=own[0].tag.partition(":")[0], doubt=doubt)
        return compare(address, spec, evidence, self._issued, self._lang)

    def _raw(self, spec: FieldSpec, row: Sequence[Control]) -> tuple[str, str]:
        """Return the text of a field and why it is not sure."""
        own = [control for control in row if control.name == spec.name]
        if not own:
            return "", ""
        doubt = next((control.doubt for control in own if control.doubt), "")
        if spec.type is Kind.CHECK:
            marks = {_is_marked(control) for control in own}
            text = CHECKED if marks == {True} else "" if marks == {False} else own[0].text
            return text, doubt or ("its copies differ" if len(marks) > 1 else "")
        if spec.boxes and any(control.option for control in own):
            return _chosen(spec.labels(self._lang), own, doubt)
        return _written(spec, own)

    def _label(self, spec: FieldSpec) -> str:
        return self._form.text(spec.label, self._lang)

    def _say(self, code: str, message: str, path: str) -> None:
        self.findings.append(review(code, message, source=self._source, path=path, fix=_BY_HAND))


def _chosen(labels: Mapping[str, str], own: Sequence[Control], doubt: str) -> tuple[str, str]:
    marked = [control.option for control in own if control.option and _is_marked(control)]
    options = list(dict.fromkeys(marked))
    raw = " / ".join(labels.get(option, option) for option in options)
    return raw, doubt or (f"{len(options)} options are marked: {raw}" if len(options) > 1 else "")


def _written(spec: FieldSpec, own: Sequence[Control]) -> tuple[str, str]:
    raw = own[0].text
    pictured = any(control.picture for control in own)
    if spec.type is Kind.SIGNATURE:
        return (PICTURE if pictured else TYPED + raw if raw else ""), ""
    other = next((control.text for control in own[1:] if not same_text(control.text, raw)), None)
    if other is not None:
        return raw, f"the same field says {raw!r} and {other!r}"
    return raw, "a picture stands in the field" if pictured else ""


def _is_marked(control: Control) -> bool | None:
    return control.marked if control.marked is not None else None if control.text else False


def _by_row(found: Sequence[Control]) -> list[list[Control]]:
    """Gather controls row by row: by table row, and outside tables a new row where a field comes again."""
    rows: list[list[Control]] = []
    for control in found:
        last = rows[-1] if rows else []
        again = any((other.name, other.option) == (control.name, control.option) for other in last)
        fresh = control.row != last[0].row if last else True
        if fresh or (control.row is None and again):
            rows.append([control])
        else:
            last.append(control)
    return rows


def _folded(text: str) -> str:
    return " ".join(text.split())
