"""What a Word template is given: each field as the text it shows, groups as rows, the document's identity."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cmforms.definitions.schema import FieldSpec, Form
from cmforms.errors import Finding, note
from cmforms.fill.docx_program import Values
from cmforms.values.documents import Bound, Identity
from cmforms.values.kinds import CHECKED, Kind, Value, printed

_LINE_ENDS = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")
_NOT_XML = re.compile(r"[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNCLEAN = re.compile(f"{_NOT_XML.pattern}|[\u2028\u2029]")
# Three fit the narrowest column of a group; more would make every empty row two lines high.
_BLANK_WIDTH = 3


class Blank(str):
    """The text of an empty field: room to click and type in Word, yet false and equal to '' in conditions."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return other == ""

    def __hash__(self) -> int:
        return hash("")


BLANK = Blank("\u2003" * _BLANK_WIDTH)


@dataclass(frozen=True, slots=True)
class _Shown:
    """One field: its name, what it shows when empty, and how its value becomes text (see `_Plan`)."""

    name: str
    empty: str
    show: Callable[[Value], tuple[str, str]]


class Context:
    """Makes the context of a form's documents in one language; what depends on no case is worked out once."""

    def __init__(self, form: Form, lang: str) -> None:
        self.form = form
        self._title = form.text(form.title, lang)
        self._fields = tuple(_shown(spec, lang) for spec in form.fields.values())
        self._groups = tuple(
            (group.name, group.rows, tuple(_shown(spec, lang) for spec in group.fields))
            for group in form.groups.values()
        )

    def of(self, bound: Bound, identity: Identity, *, draft: bool) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the template's context, and the text printed for each address that has one."""
        texts: dict[str, str] = {}
        context: dict[str, Any] = {}
        for group, least, fields in self._groups:
            rows = range(max(least, bound.rows.get(group, 0)))
            context[group] = [_filled(fields, bound, texts, f"{group}[{row}].") for row in rows]
        context["v"] = _filled(self._fields, bound, texts, "")
        context["doc"] = Values(
            issue=identity.issue, issue_text=f"{identity.issue[:5]}-{identity.issue[5:]}", form=identity.form,
            revision=identity.revision, lang=identity.lang, subject=clean(identity.subject),
            check=identity.check, title=self._title, draft=draft,
        )
        return context, texts


def clean(text: str) -> str:
    """Return the text with every line end as a newline, and without what XML 1.0 cannot hold (clause 2.2)."""
    if not _UNCLEAN.search(text):
        return text
    return _NOT_XML.sub("", _LINE_ENDS.sub("\n", text))


def cleaned(bound: Bound) -> tuple[Finding, ...]:
    """Return a note for each value that loses characters on the way into a Word document."""
    return tuple(
        note("control-character", "holds characters that Word cannot; they were left out", path=address)
        for address, value in bound.values.items()
        if isinstance(value, str) and _UNCLEAN.search(value) and _NOT_XML.search(_LINE_ENDS.sub("\n", value))
    )


def _filled(fields: tuple[_Shown, ...], bound: Bound, texts: dict[str, str], prefix: str) -> Values:
    made, values = Values(), bound.values
    for field in fields:
        address = prefix + field.name
        value = values.get(address)
        if value is None or value == "":
            made[field.name] = field.empty
        else:
            made[field.name], text = field.show(value)
            if text:
                texts[address] = text
    return made


def _shown(spec: FieldSpec, lang: str) -> _Shown:
    """A box asks for the option's value where text shows its label; both count as printed by label."""
    labels, kind = spec.labels(lang), spec.type
    if kind is Kind.CHECK:
        return _Shown(spec.name, "", lambda value: (CHECKED, CHECKED) if value else ("", ""))
    if spec.boxes and spec.options:
        return _Shown(spec.name, "", lambda value: (str(value), labels.get(str(value), str(value))))
    return _Shown(spec.name, BLANK, _texts(kind, lang, labels))


def _texts(kind: Kind, lang: str, labels: Mapping[str, str]) -> Callable[[Value], tuple[str, str]]:
    def show(value: Value) -> tuple[str, str]:
        text = clean(value if type(value) is str and not labels else printed(kind, value, lang, labels))
        return text or BLANK, text

    return show
