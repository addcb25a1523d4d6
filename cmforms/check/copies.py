"""One copy of a document against what its packet asks: edition, pages, fields, signatures, no doubt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cmforms.check.state import DocumentState
from cmforms.check.verdict import Evidence, Result, Standing
from cmforms.definitions.expressions import Expressions
from cmforms.definitions.schema import ROW_ADDRESS, DocumentRequirement, FieldSpec, Form, Signature, Writer
from cmforms.definitions.wording import shown
from cmforms.errors import Severity
from cmforms.values.documents import FieldReading, Status
from cmforms.values.kinds import Kind

ASPECTS = ("present", "edition", "returned", "pages", "fields", "signed", "review")
"""What a document is asked for. A waiver names one as `<form>/<aspect>`, all of a document as `<form>`."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for: the packet's requirement, the form in force, and its name for people."""

    requirement: DocumentRequirement
    form: Form
    name: str

    def result(self, aspect: str, title: str, status: Standing, message: str = "", **more: Any) -> Result:
        """Make a result about one aspect of the document."""
        more.setdefault("fix", self.requirement.fix if status is Standing.FAIL else "")
        cites = self.requirement.cites or self.form.cites
        return Result(
            f"{self.form.id}/{aspect}", self.form.id, f"{self.name}: {title}", status, message, cites, **more
        )


@dataclass(frozen=True)
class Copy:
    """One copy, judged. `context` is the case's, with its guardian where the form is made for one."""

    state: DocumentState
    wanted: Wanted
    context: Mapping[str, Any]
    expressions: Expressions

    @cached_property
    def results(self) -> tuple[Result, ...]:
        """A result for each aspect that can be asked of the copy as it stands."""
        signed, back = self.wanted.requirement.signed, self.state.returned
        aspects: tuple[tuple[bool, Callable[[], Result]], ...] = (
            (True, self._present),
            (True, self._edition),
            (signed, self._returned),
            (back and self.state.expected_pages is not None, self._pages),
            (True, self._fields),
            (back and signed, self._signed),
            (back, self._review),
        )
        return tuple(judge() for asked, judge in aspects if asked)

    @property
    def trouble(self) -> tuple[bool, int, int]:
        """How far it is from what is asked: the copy that is nearest stands for the document."""
        standings = [result.status for result in self.results]
        out = self.wanted.requirement.signed and not self.state.returned
        return out, standings.count(Standing.FAIL), standings.count(Standing.UNKNOWN)

    def passes(self, aspect: str) -> bool:
        """Whether an aspect was asked for and is right."""
        rule = f"{self.wanted.form.id}/{aspect}"
        return any(result.rule == rule and result.status is Standing.PASS for result in self.results)

    @property
    def missing_pages(self) -> list[int]:
        """The pages that did not come back, as far as anybody can say."""
        expected = range(1, (self.state.expected_pages or 0) + 1)
        return [page for page in expected if page not in self.state.pages]

    @property
    def in_review(self) -> list[FieldReading]:
        """The fields that wait for a person."""
        return [found for found in self.state.fields.values() if found.status is Status.REVIEW]

    def _present(self) -> Result:
        issue = self.state.issue
        known = f"issue {issue[:5]}-{issue[5:]}" if issue else "a form that was not issued by the toolkit"
        back = f", came back as {', '.join(self.state.sources)}" if self.state.returned else ""
        return self.wanted.result("present", "is on file", Standing.PASS, known + back)

    def _edition(self) -> Result:
        mine, in_force = self.state.revision, self.wanted.form.revision
        if mine == in_force:
            return self.wanted.result("edition", "is the edition in force", Standing.PASS, in_force)
        message = f"is edition {mine or 'unknown'}; the one in force is {in_force}"
        fix = "Fill the document again in the present edition."
        return self.wanted.result("edition", "is the edition in force", Standing.FAIL, message, fix=fix)

    def _returned(self) -> Result:
        if self.state.returned:
            return self.wanted.result("returned", "came back", Standing.PASS, ", ".join(self.state.sources))
        fix = f"{self.wanted.requirement.fix} Then read it with `cmforms read --save`."
        message = "was printed, but has not come back"
        return self.wanted.result("returned", "came back", Standing.FAIL, message, fix=fix)

    def _pages(self) -> Result:
        expected, title = self.state.expected_pages, "has all its pages"
        if not self.missing_pages:
            return self.wanted.result("pages", title, Standing.PASS, f"{expected} of {expected}")
        return self.wanted.result(
            "pages", title, Standing.FAIL, f"lacks {_pages_said(self.missing_pages)} of {expected}",
            fix="Ask for the missing pages, or scan the whole document again.",
        )

    def _fields(self) -> Result:
        required = self._required()
        lacking = [self._said(address, spec) for address, spec in required if not self._filled(address)]
        title = "everything required is filled in"
        if not lacking:
            return self.wanted.result("fields", title, Standing.PASS)
        fix = f"Complete the document, and {'read' if self.state.returned else 'fill'} it again."
        message = f"not filled in: {'; '.join(lacking)}"
        return self.wanted.result("fields", title, Standing.FAIL, message, fix=fix)

    def _signed(self) -> Result:
        lacking: list[str] = []
        evidence: list[Evidence] = []
        for block in self._signatures():
            label = block.label.get("en") or next(iter(block.label.values()))
            signature, day = f"{block.name}_signature", f"{block.name}_signed_on"
            if not self._filled(signature):
                lacking.append(f"{label} has not signed")
            elif not self._filled(day):
                lacking.append(f"{label} signed without a date")
            elif found := self.state.fields.get(day):
                source = self.state.sources[-1]
                evidence.append(Evidence(label, shown(found.value), None, source, found.page, found.box))
        said = "; ".join(lacking) or "; ".join(str(piece) for piece in evidence)
        status = Standing.FAIL if lacking else Standing.PASS
        return self.wanted.result("signed", "is signed and dated", status, said, evidence=tuple(evidence))

    def _review(self) -> Result:
        waiting = [
            f"{self._label(found.address)}{_on_page(found)}: {found.doubt}" for found in self.in_review
        ]
        waiting += [finding.message for finding in self.state.concerns]
        title = "nothing on it is in doubt"
        if not waiting:
            return self.wanted.result("review", title, Standing.PASS)
        blocked = any(finding.severity is Severity.ERROR for finding in self.state.concerns)
        fixes = dict.fromkeys(finding.fix for finding in self.state.concerns if finding.fix)
        return self.wanted.result(
            "review", title, Standing.FAIL if blocked else Standing.UNKNOWN, "; ".join(waiting),
            fix=" ".join(fixes) or "Look at the document; correct the case or have the document done again.",
            evidence=tuple(self._doubtful(found) for found in self.in_review),
        )

    def _doubtful(self, found: FieldReading) -> Evidence:
        label, source = self._label(found.address), (self.state.sources or (None,))[-1]
        return Evidence(label, found.raw.strip(), found.address, source, found.page, found.box)

    def _required(self) -> Iterator[tuple[str, FieldSpec]]:
        """Yield the required fields, signature lines apart; people's own only when the copy came back."""
        signing = {spec.name for block in _blocks(self.wanted.form) for spec in block.fields}
        for name, spec in self.wanted.form.fields.items():
            if name not in signing and self._asked(spec):
                yield name, spec
        for group, row in self._rows():
            for spec in self.wanted.form.groups[group].fields:
                if self._asked(spec):
                    yield f"{group}[{row}].{spec.name}", spec

    def _rows(self) -> list[tuple[str, str]]:
        """Return the rows of the groups in which anything stands."""
        found = (ROW_ADDRESS.fullmatch(address) for address in self.state.values if self._filled(address))
        rows = dict.fromkeys((row["group"], row["row"]) for row in found if row)
        return [row for row in rows if row[0] in self.wanted.form.groups]

    def _asked(self, spec: FieldSpec) -> bool:
        if spec.by is not Writer.TOOLKIT and not self.state.returned:
            return False
        return self.expressions.truth(spec.required, self.context) is not False

    def _signatures(self) -> Iterator[Signature]:
        """Yield the blocks that must be signed; one whose need cannot be told must."""
        for block in _blocks(self.wanted.form):
            if self.expressions.truth(block.required, self.context) is not False:
                yield block

    def _filled(self, address: str) -> bool:
        """Whether a field says something, or waits for a person, which is told elsewhere."""
        found = self.state.fields.get(address)
        if found is not None and found.status is Status.REVIEW:
            return True
        value = self.state.values.get(address)
        return value not in (None, "", False)

    def _label(self, address: str) -> str:
        spec = self.wanted.form.spec(address)
        label = self.wanted.form.text(spec.label, "en") if spec else address
        row = ROW_ADDRESS.fullmatch(address)
        return f"{label} (row {int(row['row']) + 1})" if row else label

    def _said(self, address: str, spec: FieldSpec) -> str:
        found = self.state.fields.get(address)
        marked = " (not ticked)" if spec.type is Kind.CHECK else ""
        return f"{self._label(address)}{marked}{_on_page(found)}"


def _blocks(form: Form) -> Iterator[Signature]:
    for section in form.sections:
        for block in section.blocks:
            yield from block.signatures or ()


def _on_page(found: FieldReading | None) -> str:
    return f", page {found.page}" if found and found.page else ""


def _pages_said(pages: list[int]) -> str:
    numbers = ", ".join(map(str, pages))
    return f"page {numbers}" if len(pages) == 1 else f"pages {numbers}"
