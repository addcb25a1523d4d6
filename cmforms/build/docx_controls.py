"""Content controls: the fields of a Word form, each holding its template tag (ECMA-376 part 1, 17.5.2)."""

from __future__ import annotations

from collections.abc import Iterator

from cmforms.build.docx_xml import Element, el, plain, run
from cmforms.definitions.schema import FieldSpec
from cmforms.errors import DefinitionError
from cmforms.values.kinds import Kind

# Word refuses a document whose control has a longer title or tag.
LONGEST_NAME = 64
MARKED, EMPTY = "\u2612", "\u2610"
_MARKED_FONT = "MS Gothic"
_FIRST_ID = 1_000_001
_LOCALES = {"en": "en-US", "es": "es-US", "ht": "ht-HT"}
_PROSE = (Kind.TEXT, Kind.LONGTEXT)
_DATE_FORMATS = {"en": "MMM d, yyyy"}


def locale(lang: str) -> str:
    """Return the language as Word names it."""
    return _LOCALES.get(lang, lang)


class Controls:
    """Makes the controls of one document, each outside a loop with an id of its own."""

    def __init__(self, lang: str) -> None:
        self._lang = lang
        self._last_id = _FIRST_ID - 1

    def value(self, spec: FieldSpec, label: str, *, group: str | None = None) -> Element:
        """Make the control of a field that shows text."""
        name = f"r.{spec.name}" if group else f"v.{spec.name}"
        kind = self._kind(spec)
        properties = self._properties(_tag(spec, group), label, kind, repeated=bool(group))
        return el("w:sdt", properties, el("w:sdtContent", run(f"{{{{ {name} }}}}")))

    def check(self, spec: FieldSpec, label: str, *, group: str | None = None) -> Iterator[Element]:
        """Yield the box of a check field, marked or empty by the template's condition."""
        yield from self._box(_tag(spec, group), label, f"{_holder(group)}.{spec.name}", group)

    def option(
        self, spec: FieldSpec, value: str, label: str, *, group: str | None = None
    ) -> Iterator[Element]:
        """Yield the box of one option of a choice; its tag is `name:value`."""
        condition = f"{_holder(group)}.{spec.name} == '{value}'"
        yield from self._box(_tag(spec, group, value), label, condition, group)

    def _box(self, tag: str, label: str, condition: str, group: str | None) -> Iterator[Element]:
        yield run(f"{{%r if {condition} %}}")
        yield self._state(tag, label, group, marked=True)
        yield run("{%r else %}")
        yield self._state(tag, label, group, marked=False)
        yield run("{%r endif %}")

    def _state(self, tag: str, label: str, group: str | None, *, marked: bool) -> Element:
        kind = el(
            "w14:checkbox",
            el("w14:checked", w14_val=int(marked)),
            el("w14:checkedState", w14_val=f"{ord(MARKED):X}", w14_font=_MARKED_FONT),
            el("w14:uncheckedState", w14_val=f"{ord(EMPTY):X}", w14_font=_MARKED_FONT),
        )
        properties = self._properties(tag, label, kind, repeated=bool(group))
        return el("w:sdt", properties, el("w:sdtContent", run(MARKED if marked else EMPTY, "OptionBox")))

    def _properties(self, tag: str, label: str, kind: Element, *, repeated: bool) -> Element:
        alias = el("w:alias", w_val=plain(label)[:LONGEST_NAME])
        properties = el("w:sdtPr", alias, el("w:tag", w_val=tag))
        if not repeated:
            # In a loop the id would stand once for each row; without one Word gives each its own.
            self._last_id += 1
            properties.append(el("w:id", w_val=self._last_id))
        properties.append(kind)
        return properties

    def _kind(self, spec: FieldSpec) -> Element:
        if spec.type is Kind.DATE:
            return el(
                "w:date",
                el("w:dateFormat", w_val=_DATE_FORMATS.get(self._lang, "d MMM yyyy")),
                el("w:lid", w_val=locale(self._lang)),
                el("w:storeMappedDataAs", w_val="dateTime"),
                el("w:calendar", w_val="gregorian"),
            )
        if spec.type is Kind.CHOICE:
            items = spec.labels(self._lang).items()
            return el(
                "w:dropDownList",
                *(el("w:listItem", w_displayText=plain(label), w_value=value) for value, label in items),
            )
        if spec.type in _PROSE:
            # LibreOffice 7 puts the line breaks of a plain text control before its text.
            return el("w:richText")
        return el("w:text")


def is_check(spec: FieldSpec) -> bool:
    """Tell whether the field is a single box with its label beside it."""
    return spec.type is Kind.CHECK


def _holder(group: str | None) -> str:
    return "r" if group else "v"


def _tag(spec: FieldSpec, group: str | None, option: str | None = None) -> str:
    tag = (f"{group}." if group else "") + spec.name + (f":{option}" if option else "")
    if len(tag) > LONGEST_NAME:
        raise DefinitionError.because(
            "name-too-long", f"{tag!r} is longer than the {LONGEST_NAME} characters that Word allows",
            fix="Give the field, its group or its option a shorter name.",
        )
    return tag
