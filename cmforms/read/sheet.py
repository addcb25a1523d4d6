"""A workbook that is laid out as a form: its values read by the labels beside or above them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from cmforms.definitions.schema import Form
from cmforms.errors import Finding, InputError, note, review
from cmforms.labels.grid import GridCell
from cmforms.labels.reading import EXACT, FormSheet, Labelled, read_labelled
from cmforms.labels.typed import typed_value
from cmforms.labels.vocabulary import Vocabulary, vocabulary_of
from cmforms.labels.workbook import Workbook, open_grids
from cmforms.read.compare import DOUBTFUL, SURE, alterations
from cmforms.read.reference import Reference
from cmforms.values.documents import FieldReading, Reading, Source, Status

READER = "xlsx-label"
FEWEST_LABELS = 3
"""How many fields of a form a workbook must name before it counts as that form."""

_MOST_SHOWN = 12
_BY_HAND = "Enter by hand what belongs to the form, or list the label in forms/labels."


def read_sheet(data: bytes, source: str, reference: Reference) -> list[Reading]:
    """Return the reading of a form-shaped workbook.

    Raises InputError: `workbook-damaged`, `workbook-too-large`, `workbook-unknown` for one that names the fields of
    no form, `workbook-ambiguous` for one that names those of two equally.
    """
    book = open_grids(data, source)
    vocabulary, found = _best(book, source, reference)
    form = vocabulary.form
    fields = tuple(map(_field, found.values))
    lang = max((value.lang for value in found.values), key=[value.lang for value in found.values].count)
    findings = [*_about(book, found, form, source), *alterations(fields, form, lang, source)]
    return [Reading(
        source=source, sha256=hashlib.sha256(data).hexdigest(), kind=READER, form=form.id, revision=None, lang=lang,
        issue=None, subject=None, pages=(), expected_pages=None, fields=fields, findings=tuple(findings),
    )]  # fmt: skip


def _best(book: Workbook, source: str, reference: Reference) -> tuple[Vocabulary, FormSheet]:
    """Return the one form whose fields the workbook names."""
    library = reference.library
    forms = [form_id for form_id in library.labelled_ids if form_id in library.form_ids]
    known = [vocabulary_of(library.form(form_id), library.labels(form_id)) for form_id in forms]
    read = [(vocabulary, read_labelled(book.grids, vocabulary)) for vocabulary in known]
    most = max((found.known for _, found in read), default=0)
    best = [pair for pair in read if pair[1].known == most]
    if most < FEWEST_LABELS:
        raise InputError.because(
            "workbook-unknown", f"names too few fields of any form that is read by its labels ({', '.join(forms)})",
            source=source, fix="Import tables of cases by `cmforms import`; list further labels in forms/labels.",
        )  # fmt: skip
    if len(best) > 1:
        raise InputError.because(
            "workbook-ambiguous", f"may be {' or '.join(pair[0].form.id for pair in best)}", source=source,
            fix="Name more of the form's fields, as they stand on the form itself.",
        )  # fmt: skip
    return best[0]


def _field(found: Labelled) -> FieldReading:
    """Judge one value: nobody issued it, so all that stands there was added."""
    value = typed_value(found)
    doubt = found.doubt or value.doubt
    blank = not found.text.strip() and not doubt
    sure = SURE if found.score == EXACT else DOUBTFUL * found.score / EXACT
    return FieldReading(
        address=found.address, value=value.value,
        status=Status.BLANK if blank else Status.REVIEW if doubt else Status.ACCEPTED,
        confidence=min(DOUBTFUL, sure) if doubt else sure, reader=READER,
        origin=Source.NONE if blank else Source.ADDED, sheet=found.sheet, cell=found.cell, raw=found.text, doubt=doubt,
    )  # fmt: skip


def _about(book: Workbook, found: FormSheet, form: Form, source: str) -> Iterator[Finding]:
    title = form.text(form.title, "en")
    yield note("sheet-own", f"a workbook of somebody's own, read as {title!r} by its labels", source=source)
    for name in book.hidden:
        yield review("sheet-hidden", "is hidden and was not read", source=source, sheet=name, fix="Show or delete it.")
    for title in dict.fromkeys(sheet for sheet, _ in found.unread):
        yield _unread([cell for sheet, cell in found.unread if sheet == title], title, source)


def _unread(cells: Sequence[GridCell], sheet: str, source: str) -> Finding:
    """Name the cells that belong to no field; their words are not repeated, only where they stand."""
    names = [cell.name for cell in cells]
    more = f" and {len(names) - _MOST_SHOWN} more" if len(names) > _MOST_SHOWN else ""
    said = f"{', '.join(names[:_MOST_SHOWN])}{more} belong{'s' if len(names) == 1 else ''} to no field known here"
    return review("cells-unread", said, source=source, sheet=sheet, cell=names[0], fix=_BY_HAND)
