"""From cases to issued documents on disk: bind, identify, fill, enter in the ledger, write."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cmforms.definitions.expressions import Expressions, Missing, context_of
from cmforms.definitions.library import Library
from cmforms.definitions.schema import Form
from cmforms.errors import CmformsError, Finding, InputError, blocks, note
from cmforms.files import append_line, make_folder, write_whole
from cmforms.fill.binding import bind
from cmforms.fill.docx import fill_docx
from cmforms.fill.pdf import fill_pdf
from cmforms.issue.identity import identify
from cmforms.model import Case, plain
from cmforms.store import Store
from cmforms.values.documents import Bound, Filled, Identity, Issued
from cmforms.workflow.directory import completed, school_of
from cmforms.workflow.workspace import Workspace

MANIFEST = "manifest.jsonl"


@dataclass(frozen=True)
class Order:
    """What to fill: forms or a packet, in which format and language, where to."""

    out: Path
    forms: tuple[str, ...]
    format: str = "pdf"
    lang: str | None = None
    draft: bool = False
    today: dt.date = field(default_factory=dt.date.today)


@dataclass(frozen=True)
class Outcome:
    """One line of the manifest: a document, whether it was filled, and why not."""

    case: str
    form: str
    lang: str
    status: str
    path: str | None = None
    sha256: str | None = None
    pages: int | None = None
    issue: str | None = None
    findings: tuple[Finding, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The line as the manifest holds it."""
        data = {name: getattr(self, name) for name in ("case", "form", "lang", "path", "sha256")}
        data |= {"pages": self.pages, "issue": self.issue, "status": self.status}
        return data | {"findings": [finding.as_json() for finding in self.findings]}


@dataclass(frozen=True)
class Subject:
    """What one document is about: its id for the ledger, its data, and which guardian receives it."""

    id: str
    context: dict[str, Any]
    recipient: int | None = None


def forms_of_packet(library: Library, packet_id: str) -> tuple[str, ...]:
    """Return the forms of a packet in its order. Raises DefinitionError for an unknown packet."""
    return tuple(wanted.form for wanted in library.packet(packet_id).documents)


class Filler:
    """Fills documents for one order; what it compiles is kept for the next case."""

    def __init__(self, workspace: Workspace, store: Store, order: Order) -> None:
        self._library = workspace.library
        self._key = workspace.key
        self._store = store
        self._order = order
        self._expressions = Expressions(school=school_of(self._library.district))
        self._forms = [self._library.form(form_id) for form_id in order.forms]
        self._check_language()
        make_folder(order.out)

    def _check_language(self) -> None:
        lang = self._order.lang
        for form in self._forms:
            if lang and lang not in form.languages:
                raise InputError.because(
                    "language-unknown", f"form {form.id} is not made in {lang!r}",
                    fix=f"It is made in: {', '.join(form.languages)}.",
                )

    def run(self, cases: Iterable[Case]) -> Iterator[Outcome]:
        """Fill every document of every case, a manifest line each. One that cannot be made stops no other.

        Raises OutputError or StoreError when nothing more can be written.
        """
        for outcome in self._outcomes(cases):
            append_line(self._order.out / MANIFEST, json.dumps(outcome.as_json(), ensure_ascii=False))
            yield outcome

    def _outcomes(self, cases: Iterable[Case]) -> Iterator[Outcome]:
        per_case = [form for form in self._forms if form.scope != "agenda"]
        agendas = [form for form in self._forms if form.scope == "agenda"]
        waiting: list[Case] = []
        for case in cases:
            case = completed(case, self._library.district)
            self._store.save_case(case.id, plain(case))
            for form in per_case:
                yield from self._case_form(form, case)
            waiting += [case] if agendas else []
        for form in agendas:
            for subject in agenda_subjects(waiting, self._roots()):
                yield self._document(form, subject)

    def _roots(self) -> dict[str, Any]:
        return {"district": self._library.district, "today": self._order.today}

    def _case_form(self, form: Form, case: Case) -> Iterator[Outcome]:
        whole = context_of(case=case, **self._roots())
        if self._expressions.truth(form.available, whole) is not True:
            return
        if form.scope == "case":
            yield self._document(form, Subject(case.id, whole))
            return
        for number, guardian in enumerate(case.guardians):
            if guardian.may_sign:
                context = {**whole, "guardian": whole["case"]["guardians"][number]}
                yield self._document(form, Subject(case.id, context, number))

    def _document(self, form: Form, subject: Subject) -> Outcome:
        lang, said = self._language(form, subject)
        try:
            bound = bind(form, subject.context, lang, self._expressions, draft=self._order.draft)
            findings = (*said, *bound.findings)
            if blocks(findings):
                return Outcome(subject.id, form.id, lang, "refused", findings=findings)
            return self._issue(form, subject, lang, bound, findings)
        except CmformsError as trouble:
            if trouble.exit_code != InputError.exit_code:
                raise
            return Outcome(subject.id, form.id, lang, "refused", findings=trouble.findings)

    def _language(self, form: Form, subject: Subject) -> tuple[str, list[Finding]]:
        if self._order.lang:
            return self._order.lang, []
        wanted = self._expressions.value(form.language, subject.context)
        if wanted in form.languages:
            return str(wanted), []
        named = "no language is given" if isinstance(wanted, Missing) else f"no {wanted!r} edition exists"
        message = f"{named}; {form.languages[0]!r} was used"
        return form.languages[0], [note("language-fallback", message, case=subject.id, path="language")]

    def _issue(
        self, form: Form, subject: Subject, lang: str, bound: Bound, findings: tuple[Finding, ...]
    ) -> Outcome:
        identity = identify(form, lang, subject.id, subject.recipient, bound.values, self._key, self._order.draft)
        filled = self._fill(form, lang, bound, identity)
        findings += filled.findings
        if blocks(findings):
            return Outcome(subject.id, form.id, lang, "refused", findings=findings)
        issued = self._ledger_line(form, subject, lang, bound, identity, filled)
        self._store.save_issues([issued])
        path = self._path(form, subject, lang)
        make_folder(path.parent)
        write_whole(path, filled.data)
        return Outcome(
            subject.id, form.id, lang, "draft" if self._order.draft else "filled",
            str(path.relative_to(self._order.out)), issued.sha256, len(filled.pages) or None, identity.issue,
            findings,
        )

    def _fill(self, form: Form, lang: str, bound: Bound, identity: Identity) -> Filled:
        template = self._library.template(form.id, lang, self._order.format)
        make = fill_docx if self._order.format == "docx" else fill_pdf
        return make(template, form, bound, identity, lang=lang, draft=self._order.draft)

    def _ledger_line(
        self, form: Form, subject: Subject, lang: str, bound: Bound, identity: Identity, filled: Filled
    ) -> Issued:
        return Issued(
            issue=identity.issue, form=form.id, revision=form.revision, lang=lang, format=self._order.format,
            subject=subject.id, recipient=subject.recipient, sha256=hashlib.sha256(filled.data).hexdigest(),
            pages=filled.pages, values=bound.values, printed=filled.printed, draft=self._order.draft,
        )

    def _path(self, form: Form, subject: Subject, lang: str) -> Path:
        copy = f"-{subject.recipient + 1}" if subject.recipient else ""
        draft = ".draft" if self._order.draft else ""
        name = f"{form.id}{copy}.{lang}{draft}.{self._order.format}"
        return self._order.out / subject.id / name


def agenda_subjects(cases: list[Case], roots: dict[str, Any]) -> Iterator[Subject]:
    """Yield one subject for each meeting date, its cases in the order of school and student (CMS D-4, D-N)."""
    dates = {case.referral_back.agenda_date for case in cases if case.referral_back}
    for date in sorted(day for day in dates if day):
        due = [case for case in cases if case.referral_back and case.referral_back.agenda_date == date]
        due.sort(key=lambda case: (case.current_school.number, case.student.family_name, case.id))
        agenda = {"date": date, "items": [{"case": case, "time_slot": None} for case in due]}
        yield Subject(f"DSPC-{date.isoformat()}", context_of(agenda=agenda, **roots))
