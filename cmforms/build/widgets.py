"""The form fields of a template: one root, canonical widgets, blank appearances (PDF 32000, 12.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream, String

from cmforms.build.glyphs import FewLetters
from cmforms.build.slots import Slot
from cmforms.values.kinds import CHECKED, Kind

ON = "Yes"
APPEARANCE = "0 g /Helv 10 Tf"
_PRINT = 4
_MULTILINE = 1 << 12
_RADIO_KEEPS_ONE = (1 << 14) | (1 << 15)
_MARK_SIZE = 0.95  # of the box's height
_MARKS = "Mark"


@dataclass(frozen=True, slots=True)
class Placed:
    """A slot on its page: the widget that WeasyPrint made, and its box in points."""

    slot: Slot
    widget: Object
    page: Object
    box: tuple[float, float, float, float]


@dataclass
class AcroForm:
    """Writes the fields of one template."""

    pdf: Pdf
    form_id: str
    _blank: dict[tuple[float, float], Object] = field(default_factory=dict)
    _marked: dict[tuple[float, float], Object] = field(default_factory=dict)

    @cached_property
    def _mark(self) -> FewLetters:
        return FewLetters(self.pdf, CHECKED, bold=True)

    def write(self, placed: Sequence[Placed]) -> None:
        """Rewrite every widget and hang all fields under one root that bears the form's id."""
        root = self.pdf.make_indirect(Dictionary(T=String(self.form_id), Kids=Array()))
        choices: dict[tuple[str, str], Object] = {}
        for place in placed:
            if place.slot.option is None:
                self._widget(place, self._field_entries(place.slot), root)
                root.Kids.append(place.widget)
                continue
            key = (place.slot.role, place.slot.name)
            if key not in choices:
                choices[key] = self._choice(place.slot, root)
                root.Kids.append(choices[key])
            self._widget(place, Dictionary(), choices[key])
            choices[key].Kids.append(place.widget)
        self.pdf.Root.AcroForm = Dictionary(
            Fields=Array([root]), DR=Dictionary(Font=Dictionary(Helv=self._helvetica())),
            DA=String(APPEARANCE),
        )

    def _choice(self, slot: Slot, root: Object) -> Object:
        return self.pdf.make_indirect(
            Dictionary(
                FT=Name.Btn, Ff=_RADIO_KEEPS_ONE, T=String(slot.name), TU=String(slot.label), V=Name.Off,
                Kids=Array(), Parent=root,
            )
        )

    def _field_entries(self, slot: Slot) -> Dictionary:
        entries = Dictionary(T=String(slot.name))
        if slot.kind is Kind.CHECK:
            entries.FT, entries.V = Name.Btn, Name.Off
        else:
            entries.FT = Name.Tx
            if slot.multiline:
                entries.Ff = _MULTILINE
        return entries

    def _widget(self, place: Placed, entries: Dictionary, parent: Object) -> None:
        """Make WeasyPrint's widget our own; its object and its number in the ParentTree stay."""
        widget, number = place.widget, place.widget.StructParent
        for key in list(widget.keys()):
            del widget[key]
        for key, value in entries.items():
            widget[key] = value
        widget.Type, widget.Subtype = Name.Annot, Name.Widget
        widget.Rect, widget.P, widget.F = Array(place.box), place.page, _PRINT
        widget.TU, widget.DA = String(place.slot.tooltip), String(APPEARANCE)
        widget.StructParent, widget.Parent = number, parent
        self._appear(place, widget)

    def _appear(self, place: Placed, widget: Object) -> None:
        left, bottom, right, top = place.box
        size = (round(right - left, 2), round(top - bottom, 2))
        on = place.slot.option or (ON if place.slot.kind is Kind.CHECK else None)
        if on is None:
            widget.AP = Dictionary(N=self._blank_appearance(size))
            return
        states = Dictionary({f"/{on}": self._marked_appearance(size), "/Off": self._blank_appearance(size)})
        widget.AP, widget.AS = Dictionary(N=states), Name.Off

    def _blank_appearance(self, size: tuple[float, float]) -> Object:
        if size not in self._blank:
            self._blank[size] = self._drawn(size, b"/Tx BMC EMC", Dictionary())
        return self._blank[size]

    def _marked_appearance(self, size: tuple[float, float]) -> Object:
        if size not in self._marked:
            width, height = size
            points = height * _MARK_SIZE
            x = (width - self._mark.width(CHECKED, points)) / 2
            y = (height - self._mark.face.metrics.cap_height * points) / 2
            drawn = b"q 0 g " + self._mark.show(CHECKED, points, x, y, _MARKS) + b"Q"
            fonts = Dictionary({f"/{_MARKS}": self._mark.font})
            self._marked[size] = self._drawn(size, drawn, Dictionary(Font=fonts))
        return self._marked[size]

    def _drawn(self, size: tuple[float, float], content: bytes, resources: Dictionary) -> Object:
        return Stream(
            self.pdf, content, Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, *size]),
            Resources=resources,
        )

    def _helvetica(self) -> Object:
        """The font that viewers set typed text in: a standard one, which needs no file (9.6.2.2)."""
        return self.pdf.make_indirect(
            Dictionary(
                Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding
            )
        )
