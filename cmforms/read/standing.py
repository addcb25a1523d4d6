"""What can be said of a document before any field is read: is it issued, by whom, in which edition."""

from __future__ import annotations

from collections.abc import Iterator

from cmforms.definitions.schema import Form
from cmforms.errors import Finding, error, review
from cmforms.read.reference import Origin
from cmforms.values.documents import Issued


def about_issue(origin: Origin, issued: Issued | None, source: str) -> Iterator[Finding]:
    """Yield what the ledger says against the document."""
    if origin.issue and issued is None:
        yield review(
            "issue-unknown", f"issue {origin.issue} is not in this workspace's ledger",
            source=source, fix="Read it in the workspace that issued it.",
        )
    elif origin.issue is None:
        yield review(
            "issue-missing", "a blank form that was never issued to anyone", source=source,
            fix="See whose it is, and fill and issue the form for that case.",
        )
    if issued and Origin(issued.issue, issued.form, issued.revision, issued.lang) != origin:
        yield error(
            "issue-differs", "the document and the ledger name different forms or editions",
            source=source, fix="Do not use the document; report it.",
        )
    if issued and issued.draft:
        yield review(
            "document-draft", "the document is a draft", source=source,
            fix="Complete the case and issue the document anew.",
        )


def about_edition(form: Form, origin: Origin, source: str) -> Iterator[Finding]:
    """Yield what is wrong with the edition."""
    if form.revision != origin.revision:
        yield error(
            "edition-old", f"this is edition {origin.revision}; the form in force is {form.revision}",
            source=source, fix="Issue the document anew in the present edition.",
        )
