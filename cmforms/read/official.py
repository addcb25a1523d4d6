"""Official forms as the other readers take them: fields under the names that the definition gives them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from cmforms.acroform import name_syntax
from cmforms.definitions.official import option_of
from cmforms.definitions.schema import FieldSpec, Form
from cmforms.read.widgets import Widget
from cmforms.values.kinds import Kind

_RAW_NAME = "n:"


def own_name(widget: Widget, form: Form) -> str | None:
    """Return what the definition calls the field of a widget, also below a root that a merging tool put over it."""
    names = form.official_names
    if found := names.get(".".join(widget.names)):
        return found
    return names.get(".".join(widget.names[1:]))


def as_defined(widgets: Sequence[Widget], form: Form) -> list[Widget]:
    """Return the widgets of a page under the definition's names, each button's states as its options.

    Fields that the definition does not have are left out; buttons that say the same in several places come once.
    """
    found: dict[object, Widget] = {}
    for number, widget in enumerate(widgets):
        if name := own_name(widget, form):
            made = _defined(widget, name, form.fields[name])
            same = (made.names, made.on) if made.kind == "Btn" and (made.marked or not made.value) else number
            if not (isinstance(same, tuple) and same in found and found[same].marked):
                found[same] = made
    return list(found.values())


def page_number(widgets: Sequence[Widget], form: Form) -> int | None:
    """Return which page of the form these widgets stand on, by the fields' names; None without any."""
    specs = [form.fields[name] for widget in widgets if (name := own_name(widget, form))]
    pages = Counter(spec.official.page for spec in specs if spec.official)
    return pages.most_common(1)[0][0] if pages else None


def _defined(widget: Widget, name: str, spec: FieldSpec) -> Widget:
    value, state, on = widget.value, widget.state, widget.on
    if spec.type is Kind.CHOICE:
        value = option_of(spec, value) or option_of(spec, _syntax(value)) or value
        state = option_of(spec, _syntax(state)) or state
        on = option_of(spec, _syntax(on)) or on
    return Widget(("", name), widget.kind, widget.box, value, state, on)


@lru_cache(maxsize=1024)
def _syntax(name: str) -> str:
    """Return a name as PDF writes it; qpdf's JSON gives one that is no UTF-8 in that syntax already."""
    return name.removeprefix(_RAW_NAME + "/") if name.startswith(_RAW_NAME) else name_syntax("/" + name)
