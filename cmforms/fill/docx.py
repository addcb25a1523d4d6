"""Fill the Word template: compiled once, then each document is its strings set in and the package packed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import TemplateError, UndefinedError
from jinja2.exceptions import SecurityError

from cmforms.definitions.schema import Form
from cmforms.errors import DefinitionError, Finding, InputError, error, note
from cmforms.fill.compiled import kept
from cmforms.fill.docx_archive import Archive
from cmforms.fill.docx_names import name_faults, shown_names, syntax_fault, undefined_fault
from cmforms.fill.docx_program import Program
from cmforms.fill.docx_properties import linked_parts, property_parts
from cmforms.fill.docx_values import Context, cleaned
from cmforms.ooxml import Package, R
from cmforms.png import modules_png
from cmforms.values.documents import Bound, Filled, Identity

QR_NAME = "cmforms-qr"
_PICTURE = "{http://schemas.openxmlformats.org/drawingml/2006/picture}"
_BLIP = "{http://schemas.openxmlformats.org/drawingml/2006/main}blip"


def fill_docx(
    template: Path, form: Form, bound: Bound, identity: Identity, *, lang: str, draft: bool = False
) -> Filled:
    """Fill one document: the same input gives the same bytes. `pages` is empty, for Word decides on those.

    Raises DefinitionError when the template is damaged, asks for unknown names or reaches for Python's
    internals, InputError when there is no such file.
    """
    compiled = open_template(template, form)
    context, texts = compiled.context(lang).of(bound, identity, draft=draft)
    data = compiled.document(context, identity)
    return Filled(data, (), texts, cleaned(bound))


def check_template(template: Path, form: Form) -> list[Finding]:
    """Return what is faulty, and notes on what a document from this template would lack.

    Raises DefinitionError for a template that cannot be opened or understood, InputError for a missing one.
    """
    compiled = open_template(template, form)
    source = template.name
    shown = shown_names(compiled.program)
    wanted = [*form.fields, *(spec.name for group in form.groups.values() for spec in group.fields)]
    lacking = [name for name in wanted if name not in shown]
    findings = [note("template-field", f"shows no {name!r}", source=source) for name in lacking]
    if compiled.picture is None:
        findings.append(
            note(
                "template-mark", "has no place for the QR code", source=source,
                fix=f"Copy the picture named {QR_NAME!r} from the shipped template's footer.",
            )
        )
    return findings


class CompiledTemplate:
    """One template, compiled and checked against one form."""

    def __init__(self, data: bytes, form: Form, source: str) -> None:
        self.form = form
        self._source = source
        package = Package(data, source)
        self.program = _program(package, source)
        if faults := name_faults(self.program, form, source):
            raise DefinitionError(faults)
        self.picture = _picture(package)
        changing = {part.name for part in self.program.parts} | ({self.picture} if self.picture else set())
        self._archive = Archive(package, linked_parts(package), changing)
        self._contexts: dict[str, Context] = {}

    def context(self, lang: str) -> Context:
        """Return what makes the context of a document in this language."""
        if lang not in self._contexts:
            self._contexts[lang] = Context(self.form, lang)
        return self._contexts[lang]

    def document(self, context: Mapping[str, Any], identity: Identity) -> bytes:
        """Return the whole package for one document."""
        parts = _rendered(self.program, context, self._source)
        if self.picture:
            parts[self.picture] = modules_png(identity.mark(0, 0).rows)
        return self._archive.pack(parts)

    def main(self, context: Mapping[str, Any]) -> bytes:
        """Return the main part alone."""
        return _rendered(self.program, context, self._source)[self.program.parts[0].name]


_templates: dict[Path, tuple[tuple[int, int], CompiledTemplate]] = {}


def open_template(path: Path, form: Form) -> CompiledTemplate:
    """Return the compiled template, kept while the file and the form stay the same."""

    def compiled(data: bytes) -> CompiledTemplate:
        try:
            return CompiledTemplate(data, form, path.name)
        except InputError as damaged:
            raise DefinitionError(damaged.findings) from None

    return kept(_templates, path, form, compiled)


def _program(package: Package, source: str) -> Program:
    for part in (package.main, *(info.filename for info in package.members)):
        if part.endswith((".xml", ".rels")):
            package.xml(part)
    try:
        return Program(package, property_parts(package))
    except TemplateError as trouble:
        raise DefinitionError([syntax_fault(trouble, source)]) from None
    except (KeyError, ValueError, AttributeError, TypeError) as trouble:
        # python-docx says in many ways that a part is not where the package says it is.
        raise DefinitionError.because(
            "docx-damaged", f"cannot be opened: {type(trouble).__name__} in its parts", source=source,
            fix="Open the template in Word and save it anew.",
        ) from None


def _rendered(program: Program, context: Mapping[str, Any], source: str) -> dict[str, bytes]:
    try:
        return program.render(context)
    except UndefinedError as unknown:
        raise DefinitionError([undefined_fault(str(unknown), context["v"], source)]) from None
    except SecurityError as forbidden:
        said = f"a tag reaches for what is not allowed: {forbidden}"
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as trouble:
        said = f"a tag cannot be worked out: {type(trouble).__name__}"
    raise DefinitionError([error("template-unsafe", said, source=source, fix="Correct the Word template.")])


def _picture(package: Package) -> str | None:
    """Return the part of the picture that each document replaces by its own QR code."""
    for part in (info.filename for info in package.members):
        if not (part.startswith("word/") and part.endswith(".xml")):
            continue
        for named in package.xml(part).iter(f"{_PICTURE}pic"):
            properties = named.find(f"{_PICTURE}nvPicPr/{_PICTURE}cNvPr")
            blip = named.find(f".//{_BLIP}")
            if properties is not None and properties.get("name") == QR_NAME and blip is not None:
                wanted = blip.get(f"{R}embed")
                return next((link.target for link in package.relations(part) if link.id == wanted), None)
    return None
