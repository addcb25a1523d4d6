"""The shape of a form definition: `forms/<id>.yaml`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from cmforms.values.kinds import Kind

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Lang = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
Localised = dict[Lang, str]
Expression = str

ROW_ADDRESS = re.compile(r"(?P<group>[a-z][a-z0-9_]*)\[(?P<row>\d+)\]\.(?P<field>[a-z][a-z0-9_]*)")
_PLAIN_PATH = re.compile(r"case(\.[a-z_]+)+")

SIGNATURE: Localised = {"en": "signature", "es": "firma", "ht": "siyati"}
PRINTED_NAME: Localised = {
    "en": "printed name", "es": "nombre en letra de molde", "ht": "non an lèt detache"
}
DATE_SIGNED: Localised = {"en": "date signed", "es": "fecha de la firma", "ht": "dat siyati"}


class Strict(BaseModel):
    """A part of a definition: unknown keys are faults."""

    model_config = ConfigDict(extra="forbid", frozen=True, ignored_types=(cached_property,))


class Writer(StrEnum):
    """Who fills a field."""

    TOOLKIT = "toolkit"
    STUDENT = "student"
    PARENT = "parent"
    SOCIAL_WORKER = "social_worker"
    ADMINISTRATOR = "administrator"
    DIRECTOR = "director"
    COMMITTEE = "committee"


class Option(Strict):
    """One option of a choice. `official` is what an official form calls it: its export value or on-state."""

    value: Name | Literal["504"]
    label: Localised
    official: str | None = None


class OfficialField(Strict):
    """Where a field stands on an official form, and what it allows there.

    `field` is the full name in the AcroForm, or the tag of the content control; `page` counts from 1, `box` is
    left, bottom, right, top in points. `on` is the on-state of a check box as PDF writes names, without the slash.
    """

    field: str
    page: int | None = None
    box: tuple[float, float, float, float] | None = None
    max_length: int | None = None
    comb: bool = False
    on: str | None = None


class Official(Strict):
    """That a form is an official file which the toolkit fills as it came; `sha256` is that of the file."""

    kind: Literal["pdf", "docx"]
    file: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class FieldSpec(Strict):
    """One field: where its value comes from, how it looks, who fills it.

    `bind` is an expression over the context; a plain path such as `case.student.dob` is also where a value
    read back goes, unless `record` names another path. `width` is in twelfths of the text width, `lines`
    the height of a long text in lines. `required` is true, false or an expression. A binding that is only
    `suggested` fills nothing until a person has looked at it and removed the mark.
    """

    name: Name
    label: Localised
    type: Kind = Kind.TEXT
    bind: Expression | None = None
    suggested: bool = False
    record: str | None = None
    by: Writer = Writer.TOOLKIT
    required: bool | Expression = False
    width: int = Field(6, ge=1, le=12)
    lines: int = Field(1, ge=1, le=60)
    options: tuple[Option, ...] = ()
    boxes: bool = False
    cites: tuple[str, ...] = ()
    help: Localised = {}
    official: OfficialField | None = None

    def labels(self, lang: str) -> dict[str, str]:
        """Return the label of each option in a language."""
        return {option.value: option.label.get(lang, option.value) for option in self.options}

    @property
    def record_path(self) -> str | None:
        """The path in the case that a value read from this field belongs to."""
        if self.record is not None:
            return self.record or None
        plain = "" if self.suggested else self.bind or ""
        return plain.removeprefix("case.") if _PLAIN_PATH.fullmatch(plain) else None


class Group(Strict):
    """A table of rows, one for each item of a list: `rows` on the first page, `more_rows` on a further page."""

    name: Name
    each: Expression
    rows: int = Field(ge=1, le=40)
    more_rows: int = Field(20, ge=1, le=40)
    fields: tuple[FieldSpec, ...] = Field(min_length=1)


class Signature(Strict):
    """A signature line with printed name and date: expands to three fields.

    `<name>_signature`, `<name>_printed` (filled from `printed`) and `<name>_signed_on`, whose value goes to `record`.
    """

    name: Name
    role: Writer
    label: Localised
    printed: Expression | None = None
    record: str | None = None
    required: bool | Expression = True
    cites: tuple[str, ...] = ()

    @cached_property
    def fields(self) -> tuple[FieldSpec, FieldSpec, FieldSpec]:
        """The three fields of the block."""
        return (
            FieldSpec(
                name=f"{self.name}_signature", label=_joined(self.label, SIGNATURE), by=self.role,
                type=Kind.SIGNATURE, required=self.required, width=5, cites=self.cites,
            ),
            FieldSpec(
                name=f"{self.name}_printed", label=_joined(self.label, PRINTED_NAME), bind=self.printed,
                by=Writer.TOOLKIT if self.printed else self.role, width=4, record="", cites=self.cites,
            ),
            FieldSpec(
                name=f"{self.name}_signed_on", label=_joined(self.label, DATE_SIGNED), by=self.role,
                type=Kind.DATE, required=self.required, record=self.record, width=3, cites=self.cites,
            ),
        )


class Block(Strict):
    """One piece of a section: exactly one of prose, fields, group or signatures.

    Prose is plain text with light marks: blank lines part paragraphs, lines that start with `- ` or `1. ` make
    lists, `**bold**` and `*italic*` inside a line.
    """

    prose: Localised | None = None
    fields: tuple[FieldSpec, ...] | None = None
    group: Group | None = None
    signatures: tuple[Signature, ...] | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"a block holds one of prose, fields, group, signatures; this has {given or 'none'}")
        return self


class Section(Strict):
    """A headed part of the form. `new_page` starts it on a page of its own."""

    id: Name
    heading: Localised = {}
    new_page: bool = False
    blocks: tuple[Block, ...] = Field(min_length=1)


class Form(Strict):
    """A form definition, whole.

    `scope` says what one document is about: a `case`; each `guardian` who may sign (one document each, context has
    `guardian`); or an `agenda` (one document a meeting date over many cases, context has `agenda`).
    `language` is the expression that picks the language. `available` is the expression that says whether the form
    applies to the case at all (a refusal notice only where there is a refusal).
    `identify` names the fields repeated at the head of continuation pages. `official` stands on a form that the
    district did not draw.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    number: str | None = None
    revision: Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")]
    title: Localised
    style: Literal["form", "letter"] = "form"
    scope: Literal["case", "guardian", "agenda"] = "case"
    languages: tuple[Lang, ...] = Field(min_length=1)
    language: Expression = "'en'"
    available: Expression = "true"
    cites: tuple[str, ...]
    identify: tuple[Name, ...] = ()
    official: Official | None = None
    sections: tuple[Section, ...] = Field(min_length=1)

    @cached_property
    def official_names(self) -> dict[str, str]:
        """The name of each field by what an official form calls it."""
        return {spec.official.field: name for name, spec in self.fields.items() if spec.official}

    @cached_property
    def groups(self) -> dict[str, Group]:
        """The repeating groups by name, in order."""
        return {
            block.group.name: block.group
            for section in self.sections
            for block in section.blocks
            if block.group
        }

    @cached_property
    def fields(self) -> dict[str, FieldSpec]:
        """The fields outside groups by name, in order, signature blocks expanded."""
        return {spec.name: spec for spec in self._loose_fields()}

    def _loose_fields(self) -> Iterator[FieldSpec]:
        for section in self.sections:
            for block in section.blocks:
                yield from block.fields or ()
                for signature in block.signatures or ():
                    yield from signature.fields

    def spec(self, address: str) -> FieldSpec | None:
        """Return the field behind an address: `student_name`, or `contacts[3].on` in a group."""
        if found := ROW_ADDRESS.fullmatch(address):
            group = self.groups.get(found["group"])
            return next((f for f in group.fields if f.name == found["field"]), None) if group else None
        return self.fields.get(address)

    def text(self, localised: Localised, lang: str) -> str:
        """Return a text in the language; definitions are checked to hold every language of the form."""
        return localised.get(lang) or localised.get("en") or next(iter(localised.values()), "")


class SheetLabels(Strict):
    """What people call the fields of a form on sheets of their own: `forms/labels/<form id>.yaml`.

    `fields` maps a field (`student_name`, a column `contacts.date`, a cell `guardians[0].name`) to further labels in
    each language, `headings` a section to further headings. Only these and the form's own labels are relied on.
    """

    fields: dict[str, dict[Lang, tuple[str, ...]]] = {}
    headings: dict[Name, dict[Lang, tuple[str, ...]]] = {}


class DocumentRequirement(Strict):
    """A document that a packet needs: `when` is an expression, `signed` whether it must have come back signed."""

    form: str
    when: Expression = "true"
    signed: bool = False
    cites: tuple[str, ...] = ()
    fix: str = ""


class Packet(Strict):
    """A packet definition: `forms/packets/<id>.yaml`: which documents, filled in which order, judged by which rules."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    title: Localised
    cites: tuple[str, ...]
    documents: tuple[DocumentRequirement, ...] = Field(min_length=1)


class Rule(Strict):
    """A rule of `forms/rules/*.yaml`.

    `when` says for which cases it speaks, `require` what must hold (both expressions over `case`, `documents`,
    `district`, `today`); a missing value makes it unknown. `unknown` tells what to do then.
    """

    id: Annotated[str, Field(pattern=r"^[A-Z0-9][A-Za-z0-9-]*$")]
    title: str
    cites: tuple[str, ...] = Field(min_length=1)
    packets: tuple[str, ...] = Field(min_length=1)
    when: Expression = "true"
    require: Expression
    fix: str


class Rules(Strict):
    """A file of rules."""

    rules: tuple[Rule, ...] = Field(min_length=1)


class StaffMember(Strict):
    """Somebody at the district office."""

    name: str
    title: str
    phone: str | None = None
    email: str | None = None


class DirectorySchool(Strict):
    """A school of the directory: `number` is how cases name it."""

    number: str
    name: str
    level: Literal["elementary", "middle", "high", "alternate"]
    administrator: str
    social_worker: str
    social_worker_phone: str
    social_worker_email: str


def _day(text: str) -> str:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a date; write year-month-day, as 2026-08-14") from None
    return text


Day = Annotated[str, AfterValidator(_day)]


class GradingPeriod(Strict):
    """One grading period of the calendar, dates as year-month-day."""

    name: str
    starts: Day
    ends: Day


class District(Strict):
    """The district: letterhead, office, schools, calendar. `forms/district.yaml`."""

    name: str
    office: Localised
    street: str
    city: str
    state: str
    zip: str
    phone: str
    website: str
    director_of_student_assignments: StaffMember
    placement_specialist: StaffMember
    dspc_social_worker: StaffMember
    schools: tuple[DirectorySchool, ...]
    grading_periods: tuple[GradingPeriod, ...]
    holidays: tuple[Day, ...] = ()


def _joined(label: Localised, suffix: Localised) -> Localised:
    return {lang: f"{text}: {suffix.get(lang, suffix['en'])}" for lang, text in label.items()}
