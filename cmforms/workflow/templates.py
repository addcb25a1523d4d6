"""From definitions to templates, and whether the templates in force still match their definitions."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from cmforms.definitions.checking import check_library
from cmforms.definitions.layout import read_layout
from cmforms.definitions.library import Library
from cmforms.definitions.official import check_official
from cmforms.definitions.schema import Form
from cmforms.errors import CmformsError, DefinitionError, Finding, blocks, error
from cmforms.files import make_folder
from cmforms.fill.docx import check_template as check_docx
from cmforms.model.loading import nearest


def build_all(library: Library, form_ids: Sequence[str], out: Path | None) -> Iterator[Path]:
    """Build both templates of each form in each of its languages; yield each path when it is written.

    Raises DefinitionError when the extra `build` is not installed or a definition is faulty.
    """
    if importlib.util.find_spec("weasyprint") is None:
        raise DefinitionError.because(
            "extra-missing", "building templates needs WeasyPrint", fix="Run: pip install 'cmforms[build]'"
        )
    from cmforms.build.docx import build_docx
    from cmforms.build.pdf import build_pdf

    folder = make_folder(out or library.roots[0].templates)
    for form in [library.form(form_id) for form_id in form_ids]:
        if form.official:
            continue  # its template is the official file
        for lang in form.languages:
            for extension, build in (("pdf", build_pdf), ("docx", build_docx)):
                path = folder / f"{form.id}.{lang}.{extension}"
                build(form, library.district, lang, path)
                yield path


def check_all(library: Library) -> list[Finding]:
    """Return every fault of the definitions and, when those are right, of the templates."""
    findings = check_library(library)
    if blocks(findings):
        return findings
    return findings + [fault for form in library.forms() for fault in _template_faults(library, form)]


def check_pdf(template: Path, form: Form) -> Iterator[Finding]:
    """Yield a finding for each field that the form has and the template lacks, or the other way round."""
    layout = read_layout(template)
    drawn = {_generic(place.address) for page in layout.pages for place in page.places}
    defined = {*form.fields, *(f"{group}.{spec.name}" for group, g in form.groups.items() for spec in g.fields)}
    for name in sorted(defined - drawn):
        yield error(
            "template-field-missing", "the definition has this field, the template does not",
            source=template.name, path=name, fix=f"Run: cmforms forms build {form.id}",
        )
    for name in sorted(drawn - defined - {"addendum"}):
        near = nearest(name, sorted(defined))
        yield error(
            "template-field-unknown",
            "the template has this field, the definition does not" + (f"; did you mean {near!r}?" if near else ""),
            source=template.name, path=name, fix=f"Run: cmforms forms build {form.id}",
        )


def _generic(address: str) -> str:
    """Return the field behind a place: `contacts.on` for any row, `student_name` for its repetitions."""
    return re.sub(r"\[\+?\d+\]", "", address).rstrip("@")


def _checks(form: Form) -> dict[str, Callable[[Path, Form], Iterable[Finding]]]:
    checks: dict[str, Callable[[Path, Form], Iterable[Finding]]] = {"pdf": check_pdf, "docx": check_docx}
    if form.official:
        return {"pdf": check_official} if form.official.kind == "pdf" else {"docx": check_docx}
    return checks


def _template_faults(library: Library, form: Form) -> Iterator[Finding]:
    for lang in form.languages:
        for extension, check in _checks(form).items():
            try:
                yield from check(library.template(form.id, lang, extension), form)
            except CmformsError as faulty:
                yield from faulty.findings
