"""The fields of an official PDF form as a definition has them: type, options, limits, place, label, suggestion."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pikepdf import Dictionary, Object, Pdf, Stream

from cmforms.acroform import (
    FILE_SELECT,
    MULTI_SELECT,
    MULTILINE,
    PASSWORD,
    PUSH_BUTTON,
    READ_ONLY,
    FormField,
    FormWidget,
    displayed,
    form_fields,
    inherited,
    page_size,
)
from cmforms.adopt.labels import LONGEST, Phrase, nearest
from cmforms.adopt.naming import field_name, free, slug
from cmforms.adopt.suggesting import suggest
from cmforms.definitions.schema import FieldSpec, OfficialField, Option, Writer
from cmforms.errors import Finding, note
from cmforms.values.kinds import Kind

_SCRIPTED = (("AFDate", Kind.DATE), ("AFTime", Kind.TIME), ("AFNumber", Kind.DECIMAL), ("AFSpecial", Kind.PHONE))
_PHONE_FORMAT = re.compile(r"AFSpecial_\w+\(\s*2\s*\)")
_LEAST_DATE = 12  # characters: "Sep 30, 2026"
_LINE = 13.0
_SIGNERS = {
    "student": Writer.STUDENT, "pupil": Writer.STUDENT, "parent": Writer.PARENT, "guardian": Writer.PARENT,
    "social worker": Writer.SOCIAL_WORKER, "principal": Writer.ADMINISTRATOR,
    "administrator": Writer.ADMINISTRATOR, "director": Writer.DIRECTOR,
}  # fmt: skip


@dataclass(frozen=True)
class Adopted:
    """The fields page by page, and what cannot be taken over."""

    pages: tuple[tuple[FieldSpec, ...], ...]
    findings: tuple[Finding, ...]


def adopt_fields(pdf: Pdf, printed: Sequence[Sequence[Phrase]], lang: str, source: str) -> Adopted:
    """Return every field that can be filled. `printed` holds the phrases of each page as shown."""
    maker = _Maker(pdf, printed, lang, source)
    specs = list(maker.specs())
    pages = tuple(
        tuple(spec for spec in specs if spec.official and spec.official.page == number)
        for number in range(1, len(pdf.pages) + 1)
    )
    return Adopted(pages, tuple(maker.findings))


class _Maker:
    """Makes the specs of one form, each with a name of its own."""

    def __init__(self, pdf: Pdf, printed: Sequence[Sequence[Phrase]], lang: str, source: str) -> None:
        self._pdf = pdf
        self._printed = printed
        self._lang = lang
        self._source = source
        self._taken: set[str] = set()
        self.findings: list[Finding] = []

    def specs(self) -> Iterator[FieldSpec]:
        for field in form_fields(self._pdf):
            if why := _unfit(field):
                self.findings.append(note("field-skipped", why, source=self._source, path=field.name))
                continue
            spec = self._spec(field)
            self._taken.add(spec.name)
            yield spec

    def _spec(self, field: FormField) -> FieldSpec:
        first = field.widgets[0]
        options = _options(field, {w.on: self._label(w, button=True) for w in field.widgets}, self._lang)
        kind = _kind(field, options)
        label = _tooltip(field) or self._label(first, button=kind is Kind.CHECK) or field.name
        width, _ = page_size(self._pdf.pages[first.page - 1])
        bind = suggest(label, field.name, kind, field.max_length)
        return FieldSpec(
            name=field_name(field.name, self._taken), label={self._lang: label}, type=kind, bind=bind,
            suggested=bind is not None, by=_signer(label) if kind is Kind.SIGNATURE else Writer.TOOLKIT,
            width=min(12, max(1, round(12 * (first.box[2] - first.box[0]) / width))),
            lines=min(60, max(1, int((first.box[3] - first.box[1]) / _LINE))) if kind is Kind.LONGTEXT else 1,
            options=options, boxes=bool(options) and field.kind == "Btn", official=_official(field, kind),
        )  # fmt: skip

    def _label(self, widget: FormWidget, *, button: bool) -> str:
        page = self._pdf.pages[widget.page - 1]
        return nearest(displayed(widget.box, page), self._printed[widget.page - 1], button=button)


def _official(field: FormField, kind: Kind) -> OfficialField:
    first = field.widgets[0]
    left, bottom, right, top = (round(side, 2) for side in first.box)
    return OfficialField(
        field=field.name, page=first.page, box=(left, bottom, right, top), max_length=field.max_length,
        comb=field.comb, on=(first.on or "Yes") if kind is Kind.CHECK else None,
    )


def _unfit(field: FormField) -> str:
    flags = field.flags
    if field.kind == "Btn" and flags & PUSH_BUTTON:
        return "is a push button, which holds no value"
    if field.kind not in ("Tx", "Btn", "Ch", "Sig"):
        return "has no type"
    if field.kind == "Tx" and flags & (PASSWORD | FILE_SELECT):
        return "takes a password or a file"
    if flags & READ_ONLY and str(inherited(field.holders[0], "/V") or "").strip() and field.kind != "Btn":
        return "is read-only and holds its value already"
    if field.kind == "Ch" and flags & MULTI_SELECT:
        return "takes several options at once, which a definition cannot say"
    return ""


def _kind(field: FormField, options: Sequence[Option]) -> Kind:
    if field.kind == "Sig":
        return Kind.SIGNATURE
    if options:
        return Kind.CHOICE
    if field.kind == "Btn":
        return Kind.CHECK
    if field.flags & MULTILINE:
        return Kind.LONGTEXT
    script = _format_script(field)
    for start, kind in _SCRIPTED:
        if start in script and (kind is not Kind.PHONE or _PHONE_FORMAT.search(script)):
            short = field.max_length is not None and field.max_length < _LEAST_DATE
            return Kind.TEXT if short else kind
    return Kind.TEXT


def _format_script(field: FormField) -> str:
    """Return the JavaScript that formats a field (12.6.3): Acrobat's own functions tell dates from numbers."""
    actions = inherited(field.widgets[0].held, "/AA")
    script = actions.get("/F", Dictionary()) if isinstance(actions, Dictionary) else None
    said: Object | None = script.get("/JS") if isinstance(script, Dictionary) else None
    if isinstance(said, Stream):
        return said.read_bytes().decode("latin-1")
    return str(said or "")


def _options(field: FormField, labels: Mapping[str | None, str], lang: str) -> tuple[Option, ...]:
    """Return the options of a choice, or of buttons of one name with several on-states."""
    if field.kind == "Ch":
        said = field.options
    elif field.kind == "Btn" and len(states := [state for state in labels if state]) > 1:
        shown = _shown_states(field, states)
        told = len({labels[state] for state in states}) == len(states)
        said = [(state, (labels[state] if told else "") or shown[state]) for state in states]
    else:
        return ()
    made: list[Option] = []
    for official, label in said:
        if label.strip():
            taken = {option.value for option in made}
            value = free(slug(official if len(official) > 1 else label, "option"), taken)
            made.append(Option(value=value, label={lang: label.strip()[:LONGEST]}, official=official))
    return tuple(made)


def _shown_states(field: FormField, states: Sequence[str]) -> dict[str, str]:
    """Return what buttons export: for states that are mere numbers, the field's /Opt says it (12.7.4.2.4)."""
    exported = [shown for _, shown in field.options]
    return {
        state: exported[int(state)] if state.isdigit() and int(state) < len(exported) else state for state in states
    }


def _tooltip(field: FormField) -> str:
    said = inherited(field.widgets[0].held, "/TU")
    text = " ".join(str(said or "").replace("\x00", "").split())
    return text[:LONGEST] if any(char.isalpha() for char in text) else ""


def _signer(label: str) -> Writer:
    said = label.lower()
    return next((writer for word, writer in _SIGNERS.items() if word in said), Writer.TOOLKIT)
