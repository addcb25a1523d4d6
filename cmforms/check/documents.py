"""The documents of a packet: which copies there must be, and which copy stands for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cmforms.check.copies import Copy, Wanted
from cmforms.check.state import DocumentState
from cmforms.check.verdict import Result, Standing
from cmforms.definitions.expressions import Expressions, Missing
from cmforms.definitions.names import DocumentCopy, DocumentFacts
from cmforms.definitions.schema import DocumentRequirement, Form
from cmforms.definitions.wording import case_path


@dataclass(frozen=True)
class Desk:
    """All that documents are judged by: the case's context, every copy there is, the expressions."""

    context: Mapping[str, Any]
    states: Sequence[DocumentState]
    expressions: Expressions

    def judged(self, requirement: DocumentRequirement, form: Form) -> list[Result]:
        """Judge one required document.

        A form for guardians must be there for each guardian who may sign; where it must come back signed, one
        guardian's signed copy is enough (CMS B-1-c asks for the parent contract, not for one of each parent).
        """
        wanted = Wanted(requirement, form, form.text(form.title, "en"))
        for expression in (requirement.when, form.available):
            applies = self.expressions.truth(expression, self.context)
            if isinstance(applies, Missing):
                message = f"whether it is needed depends on {case_path(applies.path)}, which is not known"
                return [wanted.result("present", "is on file", Standing.UNKNOWN, message)]
            if not applies:
                message = "does not apply to this case"
                return [wanted.result("present", "is on file", Standing.NOT_APPLICABLE, message)]
        return self._for_guardians(wanted) if form.scope == "guardian" else self._best(wanted, [None])

    def _for_guardians(self, wanted: Wanted) -> list[Result]:
        signers = [n for n, guardian in enumerate(self.context["case"]["guardians"]) if guardian["may_sign"]]
        if not signers:
            message = "nobody is entered in the case who may sign"
            fix = "Enter a parent or guardian who may sign, as guardians in the case."
            return [wanted.result("present", "is on file", Standing.UNKNOWN, message, fix=fix)]
        if wanted.requirement.signed:
            return self._best(wanted, signers)
        return [result for signer in signers for result in self._best(self._named(wanted, signer), [signer])]

    def _named(self, wanted: Wanted, signer: int) -> Wanted:
        name = self.context["case"]["guardians"][signer]["name"]
        return Wanted(wanted.requirement, wanted.form, f"{wanted.name} for {name}")

    def _best(self, wanted: Wanted, recipients: Sequence[int | None]) -> list[Result]:
        copies = self.copies(wanted, recipients)
        standing = [copy for copy in copies if not copy.state.draft]
        if standing:
            return list(best(standing).results)
        message = "only a draft was made" if copies else "no copy was made, and none came back"
        return [wanted.result("present", "is on file", Standing.FAIL, message)]

    def copies(self, wanted: Wanted, recipients: Sequence[int | None] | None = None) -> list[Copy]:
        """Return the copies of a form for any of the recipients, or for nobody known, oldest first."""
        mine = [state for state in self.states if state.form == wanted.form.id]
        if recipients is not None and wanted.form.scope == "guardian":
            mine = [state for state in mine if state.recipient in (*recipients, None)]
        return [Copy(state, wanted, self._around(state), self.expressions) for state in mine]

    def _around(self, state: DocumentState) -> Mapping[str, Any]:
        guardians = self.context["case"]["guardians"]
        if state.recipient is None or state.recipient >= len(guardians):
            return self.context
        return {**self.context, "guardian": guardians[state.recipient]}

    def facts(self, form: Form) -> DocumentFacts:
        """Return what rules may ask about the documents of a form; drafts do not count."""
        requirement = DocumentRequirement(form=form.id, signed=True)
        copies = self.copies(Wanted(requirement, form, form.id))
        standing = [copy for copy in copies if not copy.state.draft]
        if not standing:
            return _NOTHING
        chosen = best(standing)
        return DocumentFacts(
            issued=any(copy.state.issue is not None for copy in standing),
            returned=any(copy.state.returned for copy in standing),
            signed=any(copy.passes("signed") for copy in standing),
            pages_complete=chosen.state.returned and not chosen.missing_pages,
            current_edition=chosen.passes("edition"),
            in_review=len(chosen.in_review),
            copies=[_copy(copy.state) for copy in standing],
        )


_NOTHING = DocumentFacts(
    issued=False, returned=False, signed=False, pages_complete=False, current_edition=False, in_review=0,
    copies=[],
)


def facts_of(forms: Iterable[str], form: Callable[[str], Form], desk: Desk) -> dict[str, DocumentFacts]:
    """Return the facts about the documents of each form, by the names that rules use: `documents.face_sheet`.

    `form` gives a form by its id; it is asked only for forms of which there is a document.
    """
    there = {state.form for state in desk.states}
    return {
        form_id.replace("-", "_"): desk.facts(form(form_id)) if form_id in there else _NOTHING for form_id in forms
    }


def best(copies: Iterable[Copy]) -> Copy:
    """Return the copy with the least trouble, of equal ones the newest."""
    return min(reversed(list(copies)), key=lambda copy: copy.trouble)


def _copy(state: DocumentState) -> DocumentCopy:
    return DocumentCopy(
        issue=state.issue, issued_on=state.issued_on, recipient=state.recipient, returned=state.returned,
        values=dict(state.values),
    )
