"""Templates as filling uses them: read once, and each combination of their pages compiled once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cmforms.definitions.layout import TemplateLayout, document_roles, read_layout
from cmforms.definitions.schema import Form
from cmforms.errors import DefinitionError
from cmforms.files import read_bytes
from cmforms.fill.assembly import assemble
from cmforms.fill.variant import Variant, compile_variant

_KEPT = 64

_templates: dict[tuple[Path, str], Template] = {}


class Template:
    """One template and its variants, the most recently used ones kept."""

    def __init__(self, data: bytes, layout: TemplateLayout, form: Form, lang: str) -> None:
        """Take the template's bytes, and where its fields stand."""
        self.form = form
        self.layout = layout
        self._data = data
        self._lang = lang
        self._variants: dict[tuple[str, ...], Variant] = {}

    def variant(self, rows: Mapping[str, int], addenda: int) -> Variant:
        """Return the variant with room for these rows of each group, and this many addendum pages.

        Raises DefinitionError when the template has no page of a kind that is needed.
        """
        roles = document_roles(self.layout, self.form, rows, addenda)
        known = self._variants.pop(roles, None)
        if known is None:
            if len(self._variants) >= _KEPT:
                del self._variants[next(iter(self._variants))]
            self._check_pages(roles)
            known = compile_variant(assemble(self._data, self.form, roles), self.form, self._lang)
        self._variants[roles] = known
        return known

    def _check_pages(self, roles: tuple[str, ...]) -> None:
        if lacking := set(roles) - {page.role for page in self.layout.pages}:
            name = self.form.id
            raise DefinitionError.because(
                "template-outdated", f"{name}: the template has no page {min(lacking)!r}",
                fix=f"Run: cmforms forms build {name}",
            )


def open_template(path: Path, form: Form, lang: str) -> Template:
    """Return the template in a file, kept while the file and the form stay the same.

    Raises InputError when it cannot be read, DefinitionError when it is not as the toolkit builds it.
    """
    layout = read_layout(path)
    known = _templates.get((path, lang))
    if known and known.layout is layout and known.form is form:
        return known
    if len(_templates) >= _KEPT:
        _templates.clear()
    template = _templates[path, lang] = Template(read_bytes(path), layout, form, lang)
    return template
