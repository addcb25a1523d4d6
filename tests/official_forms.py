"""Small official forms, written here field by field: what agencies' forms do, each thing once."""

from __future__ import annotations

import io
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream

_LOOK = b"/Helv 0 Tf 0 0 0.5 rg"
ODD_STATES = ("/A B", "/Sí", "/#1(x)")


class OfficialForm:
    """A form under way; `page` adds a page, the other methods add fields to the last one."""

    def __init__(self) -> None:
        self.pdf = Pdf.new()
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        self._font = self.pdf.make_indirect(font)
        self.pdf.Root.AcroForm = Dictionary(
            Fields=Array(), DA=_LOOK, DR=Dictionary(Font=Dictionary(Helv=self._font)), NeedAppearances=True
        )

    def page(self, *printed: tuple[float, float, str], rotate: int = 0, fill: bool = False) -> None:
        """Add a page with words at (x, y); `fill` leaves no corner blank."""
        page = self.pdf.add_blank_page(page_size=(612, 792))
        page.obj.Resources = Dictionary(Font=Dictionary(Helv=self._font))
        page.obj.Annots = Array()
        if rotate:
            page.obj.Rotate = rotate
        drawn = ["0.9 g 0 0 612 792 re f 0 g"] if fill else []
        drawn += [f"BT /Helv 9 Tf {x} {y} Td ({text}) Tj ET" for x, y, text in printed]
        page.obj.Contents = Stream(self.pdf, "\n".join(drawn).encode())

    def text(self, name: str, box: tuple[float, ...], **more: Any) -> pikepdf.Object:
        """Add a text field."""
        return self._add(T=name, FT=Name.Tx, Rect=Array(box), **more)

    def choice(self, name: str, box: tuple[float, ...], options: list[tuple[str, str]], combo: bool) -> None:
        """Add a combo or list box with (export value, shown text) pairs."""
        pairs = Array([Array(pair) for pair in options])
        self._add(T=name, FT=Name.Ch, Rect=Array(box), Opt=pairs, Ff=1 << 17 if combo else 0)

    def check(self, name: str, box: tuple[float, ...], state: str = "/Yes") -> None:
        """Add a check box that is set in ZapfDingbats, as most are."""
        self._add(T=name, FT=Name.Btn, Rect=Array(box), AS=Name.Off, AP=self._states(state))

    def radio(self, name: str, boxes: list[tuple[float, ...]], states: tuple[str, ...]) -> None:
        """Add radio buttons as kids of one field."""
        field = self.pdf.make_indirect(Dictionary(T=name, FT=Name.Btn, Ff=1 << 15, Kids=Array()))
        self.pdf.Root.AcroForm.Fields.append(field)
        for box, state in zip(boxes, states, strict=True):
            kid = self._widget(Parent=field, Rect=Array(box), AS=Name.Off, AP=self._states(state))
            field.Kids.append(kid)

    def twice(self, name: str, boxes: list[tuple[float, ...]]) -> None:
        """Add one text field with several widgets; flags and look are inherited from a nameless parent."""
        field = self.pdf.make_indirect(Dictionary(T=name, FT=Name.Tx, Kids=Array(), Q=2))
        parent = self.pdf.make_indirect(Dictionary(T="form1", Kids=Array([field])))
        field.Parent = parent
        self.pdf.Root.AcroForm.Fields.append(parent)
        for box in boxes:
            field.Kids.append(self._widget(Parent=field, Rect=Array(box)))

    def data(self, **options: Any) -> bytes:
        """Return the file."""
        held = io.BytesIO()
        self.pdf.save(held, **{"static_id": True, **options})
        return held.getvalue()

    def _add(self, **entries: Any) -> pikepdf.Object:
        widget = self._widget(**entries)
        self.pdf.Root.AcroForm.Fields.append(widget)
        return widget

    def _widget(self, **entries: Any) -> pikepdf.Object:
        widget = self.pdf.make_indirect(Dictionary(Type=Name.Annot, Subtype=Name.Widget, F=4, **entries))
        self.pdf.pages[-1].obj.Annots.append(widget)
        return widget

    def _states(self, state: str) -> Dictionary:
        def look(data: bytes) -> Stream:
            return Stream(self.pdf, data, Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 12, 12]))

        marked = look(b"q BT /ZaDb 10 Tf 0 g 2 2 Td (4) Tj ET Q")
        return Dictionary(N=Dictionary({state: marked, "/Off": look(b"")}))


def one_of_each() -> OfficialForm:
    """Return the form with every kind of field; its second page is turned, and full to its corners."""
    form = OfficialForm()
    form.page((40, 742, "Student name:"), (40, 702, "Date of birth"), (400, 742, "Zip"), (75, 502, "I agree"))
    form.text("name", (130, 735, 380, 753), MK=Dictionary(BC=[0, 0, 1], BG=[1, 1, 0.8]), BS=Dictionary(W=1, S=Name.S))
    form.text("dob", (130, 695, 290, 713), MaxLen=8, Ff=1 << 24)
    form.text("zip", (430, 735, 480, 753), MaxLen=5)
    form.text("story", (40, 560, 500, 640), Ff=1 << 12, TU="What happened")
    form.check("agree", (55, 500, 67, 512), "/On_1")
    form.radio("sex", [(55, 460, 67, 472), (105, 460, 117, 472), (155, 460, 167, 472)], ODD_STATES)
    form.choice("state", (200, 460, 300, 478), [("FL", "Florida"), ("GA", "Georgia")], combo=True)
    form.choice("list", (350, 400, 450, 478), [(str(n), f"Choice {n}") for n in range(12)], combo=False)
    form._add(T="print", FT=Name.Btn, Ff=1 << 16, Rect=Array([500, 20, 560, 40]))
    form._add(T="sign", FT=Name.Sig, Rect=Array([40, 300, 300, 340]), TU="Signature of parent")
    form.page((40, 100, "Name again"), rotate=90, fill=True)
    form.text("upright", (200, 300, 218, 500), MK=Dictionary(R=90))
    form.twice("copy", [(300, 300, 400, 318), (300, 340, 400, 358)])
    return form
