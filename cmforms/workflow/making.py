"""From one case to its documents, in memory: bind, identify, fill. Nothing is written and nothing is kept."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cmforms.definitions.expressions import Missing, context_of
from cmforms.definitions.library import Library
from cmforms.definitions.schema import Form
from cmforms.errors import CmformsError, Finding, InputError, Where, blocks, error, note
from cmforms.fill.binding import bind
from cmforms.fill.docx import fill_docx
from cmforms.fill.pdf import fill_pdf
from cmforms.issue.identity import identify
from cmforms.model import Case
from cmforms.values.documents import Bound, Filled, Identity, Issued
from cmforms.workflow.directory import completed, expressions_of


@dataclass(frozen=True)
class Order:
    """What to fill: forms or a packet, in which format and language; `out` is a folder or an fsspec URL."""

    out: Path | str
    forms: tuple[str, ...]
    format: str = "pdf"
    lang: str | None = None
    draft: bool = False
    today: dt.date = field(default_factory=dt.date.today)


@dataclass(frozen=True)
class Outcome:
    """One line of the manifest: a document, whether it was filled, and why not.

    `dated` is the day that the document takes for today. `status` is filled, draft, refused or failed.
    """

    case: str
    form: str
    lang: str
    status: str
    path: str | None = None
    sha256: str | None = None
    pages: int | None = None
    issue: str | None = None
    findings: tuple[Finding, ...] = ()
    dated: dt.date | None = None

    def as_json(self) -> dict[str, Any]:
        """The line as the manifest holds it."""
        data = {name: getattr(self, name) for name in ("case", "form", "lang", "path", "sha256")}
        data |= {"pages": self.pages, "issue": self.issue, "status": self.status}
        data["dated"] = self.dated.isoformat() if self.dated else None
        return data | {"findings": [finding.as_json() for finding in self.findings]}


@dataclass(frozen=True, slots=True)
class Made:
    """One document: its outcome, and when it was filled its line for the ledger and its bytes."""

    outcome: Outcome
    issued: Issued | None = None
    data: bytes = b""


@dataclass(frozen=True)
class Subject:
    """What one document is about: its id for the ledger, its data, and which guardian receives it."""

    id: str
    context: dict[str, Any]
    recipient: int | None = None


Done = Mapping[str, str]
"""The documents that are there already: the issue by the path."""


class Maker:
    """Makes documents for one order; what it compiles is kept for the next case."""

    def __init__(self, library: Library, key: bytes, order: Order) -> None:
        """Take the order. Raises DefinitionError for unknown forms, InputError for a language of none."""
        self._library = library
        self._key = key
        self._order = order
        self._expressions = expressions_of(library.district)
        forms = [library.form(form_id) for form_id in order.forms]
        self._check_language(forms)
        self._forms = [form for form in forms if form.scope != "agenda"]
        self._agendas = [form for form in forms if form.scope == "agenda"]
        self._roots = context_of(district=library.district, today=order.today)

    def _check_language(self, forms: Iterable[Form]) -> None:
        lang = self._order.lang
        for form in forms:
            if lang and lang not in form.languages:
                raise InputError.because(
                    "language-unknown", f"form {form.id} is not made in {lang!r}",
                    fix=f"It is made in: {', '.join(form.languages)}.",
                )

    def completed(self, case: Case) -> Case:
        """Return the case with what the directory knows of its schools."""
        return completed(case, self._library.district)

    def on_agenda(self, case: Case) -> bool:
        """Tell whether an agenda of this order will name the case."""
        return bool(self._agendas and case.referral_back and case.referral_back.agenda_date)

    def of_case(self, case: Case, done: Done) -> Iterator[Made | None]:
        """Yield each document that applies to a completed case, None for one that is there already."""
        whole = {**self._roots, **context_of(case=case)} if self._forms else {}
        for form in self._forms:
            for subject in self._subjects(form, case, whole):
                yield self._made(form, subject, done)

    def agendas(self, cases: Sequence[Case], done: Done) -> Iterator[Made | None]:
        """Yield the agenda of each meeting, None for one that is there already (CMS D-4, D-N)."""
        for form in self._agendas:
            for subject in _agenda_subjects(cases, self._roots):
                yield self._made(form, subject, done)

    def _subjects(self, form: Form, case: Case, whole: dict[str, Any]) -> Iterator[Subject]:
        if self._expressions.truth(form.available, whole) is not True:
            return
        if form.scope == "case":
            yield Subject(case.id, whole)
            return
        for number, guardian in enumerate(case.guardians):
            if guardian.may_sign:
                context = {**whole, "guardian": whole["case"]["guardians"][number]}
                yield Subject(case.id, context, number)

    def _made(self, form: Form, subject: Subject, done: Done) -> Made | None:
        """Make one document; what goes wrong with it, a mistake of ours too, must not stop the others."""
        lang, said = self._language(form, subject)
        try:
            bound = bind(form, subject.context, lang, self._expressions, draft=self._order.draft)
            findings = (*said, *bound.findings)
            if blocks(findings):
                return self._without(form, subject, lang, "refused", findings)
            return self._issue(form, subject, bound, Outcome(subject.id, form.id, lang, "", findings=findings), done)
        except CmformsError as trouble:
            if trouble.exit_code != InputError.exit_code:
                raise
            return self._without(form, subject, lang, "refused", trouble.findings)
        except Exception as trouble:
            return self._without(form, subject, lang, "failed", (_defect(trouble, subject.id),))

    def _without(
        self, form: Form, subject: Subject, lang: str, status: str, findings: Sequence[Finding]
    ) -> Made:
        dated = self._order.today
        return Made(Outcome(subject.id, form.id, lang, status, findings=tuple(findings), dated=dated))

    def _language(self, form: Form, subject: Subject) -> tuple[str, list[Finding]]:
        if self._order.lang:
            return self._order.lang, []
        wanted = self._expressions.value(form.language, subject.context)
        if wanted in form.languages:
            return str(wanted), []
        named = "no language is given" if isinstance(wanted, Missing) else f"no {wanted!r} edition exists"
        message = f"{named}; {form.languages[0]!r} was used"
        return form.languages[0], [note("language-fallback", message, case=subject.id, path="language")]

    def _issue(self, form: Form, subject: Subject, bound: Bound, begun: Outcome, done: Done) -> Made | None:
        order, lang = self._order, begun.lang
        identity = identify(form, lang, subject.id, subject.recipient, bound.values, self._key, order.draft)
        path = self._path(form, subject, lang)
        if done.get(path) == identity.issue:
            return None
        filled = self._fill(form, lang, bound, identity)
        findings = (*begun.findings, *filled.findings)
        if blocks(findings):
            return self._without(form, subject, lang, "refused", findings)
        issued = Issued(
            issue=identity.issue, form=form.id, revision=form.revision, lang=lang, format=order.format,
            subject=subject.id, recipient=subject.recipient, sha256=hashlib.sha256(filled.data).hexdigest(),
            pages=filled.pages, values=bound.values, printed=filled.printed, draft=order.draft,
        )
        outcome = replace(
            begun, status="draft" if order.draft else "filled", path=path, sha256=issued.sha256,
            pages=len(filled.pages) or None, issue=identity.issue, findings=findings, dated=order.today,
        )
        return Made(outcome, issued, filled.data)

    def _fill(self, form: Form, lang: str, bound: Bound, identity: Identity) -> Filled:
        template = self._library.template(form.id, lang, self._order.format)
        make = fill_docx if self._order.format == "docx" else fill_pdf
        return make(template, form, bound, identity, lang=lang, draft=self._order.draft)

    def _path(self, form: Form, subject: Subject, lang: str) -> str:
        copy = f"-{subject.recipient + 1}" if subject.recipient else ""
        draft = ".draft" if self._order.draft else ""
        return f"{subject.id}/{form.id}{copy}.{lang}{draft}.{self._order.format}"


def located(outcome: Outcome, origin: Where) -> Outcome:
    """Return the outcome whose findings say from which file, sheet and cell the case came."""
    if not outcome.findings or not origin.source:
        return outcome
    named = [
        finding if finding.where.source else replace(finding, where=_placed(finding.where, origin))
        for finding in outcome.findings
    ]
    return replace(outcome, findings=tuple(named))


def _placed(where: Where, origin: Where) -> Where:
    return replace(where, source=origin.source, sheet=origin.sheet, cell=origin.cell, line=origin.line)


def failed_case(case_id: str, forms: Sequence[str], dated: dt.date, reason: Finding) -> list[Outcome]:
    """Return the outcomes of a case none of whose documents could be tried; the language is not known then."""
    return [Outcome(case_id, form, "", "failed", findings=(reason,), dated=dated) for form in forms]


def _defect(trouble: Exception, case: str) -> Finding:
    trace = trouble.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
    return error(
        "defect", f"cmforms made a mistake ({type(trouble).__name__} in {place})", case=case,
        fix="Please report it; the other documents are not touched by it.",
    )


def _agenda_subjects(cases: Sequence[Case], roots: dict[str, Any]) -> Iterator[Subject]:
    """Yield one subject for each meeting date, its cases in the order of school and student (CMS D-4, D-N)."""
    dates = {case.referral_back.agenda_date for case in cases if case.referral_back}
    for date in sorted(day for day in dates if day):
        due = [case for case in cases if case.referral_back and case.referral_back.agenda_date == date]
        due.sort(key=lambda case: (case.current_school.number, case.student.family_name, case.id))
        agenda = {"date": date, "items": [{"case": case, "time_slot": None} for case in due]}
        yield Subject(f"DSPC-{date.isoformat()}", {**roots, **context_of(agenda=agenda)})
