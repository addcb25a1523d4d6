"""A Word document as it was issued, with each value between marks: what a reader holds a returned one against."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cmforms.definitions.schema import Form
from cmforms.fill.docx import open_template
from cmforms.fill.docx_program import Values
from cmforms.values.documents import Bound, Identity
from cmforms.values.kinds import CHECKED, Kind
from cmforms.values.outline import marked


def outline_docx(
    template: Path, form: Form, bound: Bound, identity: Identity, *, lang: str, draft: bool = False
) -> dict[str, bytes]:
    """Return the main part as it was issued, under '', and for each check box as it is with that one turned.

    Each value stands as `marked` writes it. Raises DefinitionError for a faulty template, InputError for none.
    """
    compiled = open_template(template, form)
    context, _ = compiled.context(lang).of(bound, identity, draft=draft)
    boxes = [name for name, spec in form.fields.items() if spec.type is Kind.CHECK]
    return {name: compiled.main(_with_marks(context, form, turned=name)) for name in ("", *boxes)}


class _Marked(str):
    """A text between marks that conditions take for the text itself."""

    __slots__ = ("text",)
    text: str

    def __bool__(self) -> bool:
        return bool(self.text)

    def __eq__(self, other: object) -> bool:
        return self.text == other

    def __hash__(self) -> int:
        return hash(self.text)


def _with_marks(context: Mapping[str, Any], form: Form, turned: str) -> dict[str, Any]:
    made = dict(context)
    values = dict(context["v"])
    if turned:
        values[turned] = "" if values[turned] else CHECKED
    made["v"] = Values({name: _marked(name, text) for name, text in values.items()})
    for group in form.groups:
        made[group] = [
            Values({name: _marked(f"{group}[{row}].{name}", text) for name, text in entry.items()})
            for row, entry in enumerate(context[group])
        ]
    return made


def _marked(address: str, text: str) -> _Marked:
    made = _Marked(marked(address, text))
    made.text = text
    return made
