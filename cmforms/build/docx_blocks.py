"""The blocks of a form in Word: prose, fields in twelfths, groups in rows, signatures on lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate

from cmforms.build.docx_controls import Controls, is_check
from cmforms.build.docx_prose import Lists, prose
from cmforms.build.docx_xml import (
    TEXT_WIDTH,
    TWELFTH,
    TWIPS,
    Element,
    el,
    paragraph,
    plain,
    row,
    run,
    table,
)
from cmforms.definitions.schema import (
    DATE_SIGNED,
    PRINTED_NAME,
    SIGNATURE,
    Block,
    FieldSpec,
    Form,
    Group,
    Section,
    Signature,
    Writer,
)

COLUMNS = 12
_LINE = 13 * TWIPS
_LABEL = 11 * TWIPS
_RULE = "5B6673"
_PAPER = "F7F9FB"
_SIGNATURE_GAP = 10 * TWIPS
_CAPTIONS = (SIGNATURE, PRINTED_NAME, DATE_SIGNED)
_OPTIONS_IN_A_LINE = 8
# A box in Word grows with its text, over further pages where it must; only what is written by hand needs all
# its lines beforehand. The tallest fits below a heading on any page.
_ROOM_TO_GROW = 6
_TALLEST = 540 * TWIPS
_NBSP = "\u00a0"


class Blocks:
    """Lays out one form in one language."""

    def __init__(self, form: Form, lang: str) -> None:
        self.form = form
        self.lang = lang
        self.lists = Lists()
        self._controls = Controls(lang)
        self._boxed = form.style == "form"

    def section(self, section: Section) -> Iterator[Element]:
        """Yield a section: its heading, then its blocks."""
        heading = self._say(section.heading)
        fresh = (el("w:pageBreakBefore"), el("w:spacing", w_before=0)) if section.new_page else ()
        if heading:
            yield paragraph("Heading1", run(plain(heading)), before=fresh)
        elif fresh:
            yield paragraph("Gap", before=fresh)
        for block in section.blocks:
            yield from self._block(block, heading)

    def _say(self, localised: dict[str, str]) -> str:
        return self.form.text(localised, self.lang) if localised else ""

    def _block(self, block: Block, heading: str) -> Iterator[Element]:
        if block.prose is not None:
            yield from prose(self._say(block.prose), self.lists)
        elif block.group:
            yield self._group(block.group, heading or self._say(self.form.title))
            yield paragraph("Gap")
        elif block.signatures:
            for signature in block.signatures:
                yield from self._signature(signature)
        else:
            rows = [self._fields(specs) for specs in packed(block.fields or ())]
            yield table("FieldGrid", [TWELFTH] * COLUMNS, rows)
            yield paragraph("Gap")

    def _fields(self, specs: list[FieldSpec]) -> Element:
        bare = is_check(specs[0]) or not self._boxed
        cells = [
            _tc(TWELFTH * spec.width, self._field(spec), span=spec.width, **({} if bare else _box(spec)))
            for spec in specs
        ]
        if (left := COLUMNS - sum(spec.width for spec in specs)) > 0:
            cells.append(_tc(TWELFTH * left, [paragraph("FieldValue")], span=left))
        height = max(self._height(spec) for spec in specs)
        tall = max(spec.lines for spec in specs) > _ROOM_TO_GROW
        return row(*cells, height=height, split=tall)

    def _height(self, spec: FieldSpec) -> int:
        if is_check(spec):
            return 0
        return min(_LABEL + _lines(spec, _ROOM_TO_GROW) * _LINE + 4 * TWIPS, _TALLEST)

    def _field(self, spec: FieldSpec) -> list[Element]:
        label = self._say(spec.label)
        if is_check(spec):
            box = self._controls.check(spec, label)
            return [paragraph("FieldChoice", *box, el("w:r", el("w:tab")), run(plain(label)))]
        head = paragraph("FieldLabel", run(plain(label)))
        if spec.boxes and spec.options:
            return [head, *self._options(spec, label)]
        return [head, paragraph("FieldValue", self._controls.value(spec, label))]

    def _options(self, spec: FieldSpec, label: str) -> Iterator[Element]:
        labels = spec.labels(self.lang)
        shown = [
            (text, list(self._controls.option(spec, value, f"{label}: {text}")))
            for value, text in labels.items()
        ]
        if sum(len(text) + 4 for text in labels.values()) > _OPTIONS_IN_A_LINE * spec.width:
            for text, box in shown:
                yield paragraph("FieldChoice", *box, el("w:r", el("w:tab")), run(plain(text)))
            return
        line: list[Element] = []
        for text, box in shown:
            line += [*box, run(_NBSP + plain(text).replace(" ", _NBSP)), run("   ")]
        yield paragraph("FieldValue", *line[:-1])

    def _group(self, group: Group, caption: str) -> Element:
        widths = _columns([spec.width for spec in group.fields])
        head = [
            _tc(width, [paragraph("ColumnHead", run(plain(self._say(spec.label))))], valign="bottom")
            for width, spec in zip(widths, group.fields, strict=True)
        ]
        cells = [
            _tc(width, list(self._row_cell(spec, group.name)))
            for width, spec in zip(widths, group.fields, strict=True)
        ]
        height = max(_lines(spec, 1) for spec in group.fields) * _LINE + 5 * TWIPS
        rows = [
            row(*head, header=True),
            _tag_row(f"{{%tr for r in {group.name} %}}", widths),
            row(*cells, height=height),
            _tag_row("{%tr endfor %}", widths),
        ]
        return table("RowGrid", widths, rows, caption=plain(caption))

    def _row_cell(self, spec: FieldSpec, group: str) -> Iterator[Element]:
        label = self._say(spec.label)
        if is_check(spec):
            yield paragraph("CellValue", *self._controls.check(spec, label, group=group))
        elif spec.boxes and spec.options:
            for value, text in spec.labels(self.lang).items():
                box = self._controls.option(spec, value, f"{label}: {text}", group=group)
                yield paragraph("CellValue", *box, run(_NBSP + plain(text)))
        else:
            yield paragraph("CellValue", self._controls.value(spec, label, group=group))

    def _signature(self, signature: Signature) -> Iterator[Element]:
        """Yield who signs, the lines for signature, printed name and date, and what each line is for.

        All of it is one table row, for that alone stays on one page in every word processor.
        """
        shares = [spec.width for spec in signature.fields]
        widths = _columns(shares, TEXT_WIDTH - _SIGNATURE_GAP * (len(shares) - 1))
        role = paragraph("SignatureRole", run(plain(self._say(signature.label))))
        cells: list[Element] = []
        for spec, caption, width in zip(signature.fields, _CAPTIONS, widths, strict=True):
            line = paragraph("SignatureLine", self._controls.value(spec, self._say(spec.label)))
            below = paragraph("FieldLabel", run(_capital(self._say(caption))))
            cells += [_tc(_SIGNATURE_GAP, [paragraph("FieldLabel")])] if cells else []
            cells.append(_tc(width, [line, below] if cells else [role, line, below], valign="bottom"))
        columns = [part for width in widths for part in (width, _SIGNATURE_GAP)][:-1]
        yield table("TableNormal", columns, [row(*cells)])
        yield paragraph("Gap")


def packed(specs: Iterable[FieldSpec]) -> Iterator[list[FieldSpec]]:
    """Set fields side by side, a new row where the twelfths are used up or a lone box meets a ruled field."""
    line: list[FieldSpec] = []
    for spec in specs:
        full = sum(other.width for other in line) + spec.width > COLUMNS
        if line and (full or is_check(line[0]) is not is_check(spec)):
            yield line
            line = []
        line.append(spec)
    if line:
        yield line


def _tc(
    width: int, content: list[Element], *, span: int = 1, edges: str = "", fill: str = "", valign: str = ""
) -> Element:
    properties = el("w:tcPr", el("w:tcW", w_w=width, w_type="dxa"))
    if span > 1:
        properties.append(el("w:gridSpan", w_val=span))
    if edges:
        sides = {"t": "top", "l": "left", "b": "bottom", "r": "right"}
        rules = (
            el(f"w:{name}", w_val="single", w_sz=4, w_space=0, w_color=_RULE)
            for side, name in sides.items()
            if side in edges
        )
        properties.append(el("w:tcBorders", *rules))
    if fill:
        properties.append(el("w:shd", w_val="clear", w_color="auto", w_fill=fill))
    if valign:
        properties.append(el("w:vAlign", w_val=valign))
    return el("w:tc", properties, *content)


def _lines(spec: FieldSpec, most: int) -> int:
    return spec.lines if spec.by is not Writer.TOOLKIT else min(spec.lines, most)


def _box(spec: FieldSpec) -> dict[str, str]:
    """The look of a ruled field: tinted when the toolkit fills it, white when a person does."""
    return {"edges": "tlbr"} | ({"fill": _PAPER} if spec.by is Writer.TOOLKIT else {})


def _tag_row(tag: str, widths: list[int]) -> Element:
    return row(_tc(sum(widths), [paragraph("TemplateTag", run(tag))], span=len(widths)))


def _columns(shares: list[int], width: int = TEXT_WIDTH) -> list[int]:
    """Part a width in proportion, so that the parts add up to it."""
    total = sum(shares)
    ends = [width * upto // total for upto in accumulate(shares)]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
