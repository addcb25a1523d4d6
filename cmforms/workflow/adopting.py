"""From an official form to a definition and a template in the workspace."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from cmforms.adopt.adoption import Adoption, Names
from cmforms.adopt.carrying import carry_over
from cmforms.adopt.docx import adopt_docx
from cmforms.adopt.naming import slug
from cmforms.adopt.pdf import adopt_pdf
from cmforms.adopt.writing import definition_yaml
from cmforms.definitions.library import Library
from cmforms.errors import Finding, InputError
from cmforms.files import make_folder, read_bytes, write_whole
from cmforms.workflow.geometry import located

_WORD = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True)
class Adopted:
    """What was written, and everything that a person should know."""

    form: str
    fields: int
    suggested: int
    paths: tuple[Path, Path]
    findings: tuple[Finding, ...]


def adopt(library: Library, source: Path, form_id: str | None, lang: str, old_id: str | None) -> Adopted:
    """Adopt an official PDF or Word form into the workspace of the library; `old_id` names its edition before.

    Raises InputError for a file that cannot be adopted or an id that is taken, DefinitionError for an unknown
    `old_id`, OutputError.
    """
    old = library.form(old_id) if old_id else None
    name = form_id or old_id or slug(source.stem, "form").replace("_", "-")
    if name in library.form_ids and name != old_id:
        raise InputError.because(
            "form-exists", f"there is a form {name!r} already", source=str(source),
            fix=f"Choose another with --id, or say --from {name} if this is its new edition.",
        )
    made = _adoption(source, Names(name, lang, source.name))
    form, findings = made.form, [*made.findings]
    if old:
        form, said = carry_over(form, old)
        findings += said
    root = library.roots[0]
    kind = form.official.kind if form.official else "pdf"
    definition, template = root.forms / f"{name}.yaml", root.templates / f"{name}.{lang}.{kind}"
    for path, data in ((template, made.template), (definition, definition_yaml(form))):
        make_folder(path.parent)
        write_whole(path, data)
    suggested = sum(spec.suggested for spec in form.fields.values())
    return Adopted(name, len(form.fields), suggested, (definition, template), tuple(findings))


def _adoption(source: Path, names: Names) -> Adoption:
    data, today = read_bytes(source), f"{dt.date.today():%Y-%m}"
    if data.startswith(_WORD):
        return located(adopt_docx(data, names, today), names.lang)
    return adopt_pdf(data, names, today)
