"""Where the fields of an official form stand, by the names that its definition gives them."""

from __future__ import annotations

from pathlib import Path

import pikepdf
from pikepdf import Pdf

from cmforms.acroform import PUSH_BUTTON, READ_ONLY, form_fields, page_size
from cmforms.definitions.layout import MAIN, PageLayout, Place, TemplateLayout, count_streams, key_of
from cmforms.definitions.schema import FieldSpec, Form
from cmforms.errors import DefinitionError, Finding, error, note

_FIX = "Adopt the official form again: cmforms forms adopt FILE --from"


def official_layout(template: Path, form: Form, lang: str) -> TemplateLayout:
    """Read the pages of an official form's template. Raises DefinitionError when it cannot be read."""
    with _opened(template) as pdf:
        places: dict[int, list[Place]] = {number: [] for number in range(1, len(pdf.pages) + 1)}
        names = form.official_names
        for field in form_fields(pdf):
            if address := names.get(field.name):
                spec = form.fields[address]
                for widget in field.widgets:
                    places[widget.page].append(Place(address, option_of(spec, widget.on), widget.box))
        pages = [
            PageLayout(MAIN, *page_size(page), tuple(places[number]), count_streams(page), key_of(page))
            for number, page in enumerate(pdf.pages, 1)
        ]
    return TemplateLayout(form.id, lang, tuple(pages))


def option_of(spec: FieldSpec, official: str | None) -> str | None:
    """Return the option behind an on-state or export value of the form."""
    return next((option.value for option in spec.options if official and option.official == official), None)


def check_official(template: Path, form: Form) -> list[Finding]:
    """Return a finding for each field that the definition has and the official form lacks, or the other way round."""
    with _opened(template) as pdf:
        if "/cmforms" not in pdf.Root.get("/PieceInfo", {}):
            raise _faulty(template)
        drawn = {field.name for field in form_fields(pdf) if not field.flags & (PUSH_BUTTON | READ_ONLY)}
        all_names = {field.name for field in form_fields(pdf)}
    known = form.official_names
    findings = [
        error(
            "template-field-missing", f"the official form has no field {field!r}", source=template.name, path=name,
            fix=f"{_FIX} {form.id}",
        )
        for field, name in known.items()
        if field not in all_names
    ]  # fmt: skip
    unnamed = [name for name, spec in form.fields.items() if spec.official is None]
    findings += [
        error("official-missing", "does not say which official field it is", source=f"{form.id}.yaml", path=name)
        for name in unnamed
    ]
    if left := sorted(drawn - known.keys()):
        said = f"{len(left)} fields of the official form are in no definition: {', '.join(left[:5])}"
        findings.append(note("template-field-unknown", said, source=template.name))
    return findings


def _opened(template: Path) -> Pdf:
    try:
        return Pdf.open(template)
    except (pikepdf.PdfError, OSError):
        raise _faulty(template) from None


def _faulty(template: Path) -> DefinitionError:
    return DefinitionError.because(
        "template-broken", "is not a template that `cmforms forms adopt` made", source=template.name,
        fix="Adopt the official form again.",
    )
