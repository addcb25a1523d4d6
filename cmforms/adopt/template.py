"""Make the template of an official form: the same pages and fields, in the plainest file that holds them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from cmforms.acroform import MULTIPLY, PUSH_BUTTON, READ_ONLY, FormField, form_fields, inherited, lineage
from cmforms.adopt.marks import draw_mark
from cmforms.errors import Finding, note

Corner = tuple[float, float]

_XMP = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n</rdf:RDF>\n</x:xmpmeta>\n'
    b'<?xpacket end="w"?>'
)
_EPOCH = pikepdf.String("D:19700101000000Z")


def make_whole(pdf: Pdf) -> None:
    """Make each widget an object that an update can replace, and part of the form, so that every viewer finds it."""
    for page in pdf.pages:
        annots = page.obj.get("/Annots")
        if isinstance(annots, Array):
            page.obj.Annots = Array([
                annot if annot.is_indirect else pdf.make_indirect(annot)
                for annot in annots if isinstance(annot, Dictionary)
            ])
    form = pdf.Root.AcroForm
    fields = form.get("/Fields")
    form.Fields = fields if isinstance(fields, Array) else Array()
    known = {held.objgen for held in _tree(form.Fields)}
    for holder in [holder for field in form_fields(pdf) for holder in field.holders]:
        if holder.objgen not in known:
            top = lineage(holder)[-1]
            if "/Parent" in top:  # its parents run in a circle
                del holder.Parent
                top = holder
            if top.objgen not in known:
                form.Fields.append(top)
                known |= {held.objgen for held in _tree(Array([top]))}


def make_template(pdf: Pdf, corners: Sequence[Corner | None], source: str) -> tuple[bytes, list[Finding]]:
    """Return the template's bytes, the same for the same file, and notes on what was taken out.

    `corners` gives for each page where its QR code goes, lower left, on the page as shown, None for nowhere.
    """
    findings = list(_without_extras(pdf, source))
    for field in form_fields(pdf):
        findings += _clear(field, source)
        for widget in field.widgets:
            if field.kind == "Btn" and not field.flags & PUSH_BUTTON:
                draw_mark(pdf, widget)
    _prepare(pdf, corners)
    held = io.BytesIO()
    pdf.save(
        held, encryption=False, object_stream_mode=pikepdf.ObjectStreamMode.disable, linearize=False,
        deterministic_id=True, compress_streams=True, fix_metadata_version=False,
    )
    return held.getvalue(), findings


def _without_extras(pdf: Pdf, source: str) -> Iterator[Finding]:
    form = pdf.Root.AcroForm
    for holder, keys in ((form, ("/XFA", "/NeedAppearances", "/SigFlags")), (pdf.Root, ("/Perms", "/NeedsRendering"))):
        for key in keys:
            if key in holder:
                del holder[key]
    scripts = "/OpenAction" in pdf.Root or "/AA" in pdf.Root or "/JavaScript" in pdf.Root.get("/Names", Dictionary())
    if scripts or "/CO" in form:
        yield note(
            "scripts-kept", "holds scripts or calculations; a viewer that runs them may change filled values",
            source=source,
        )


def _clear(field: FormField, source: str) -> Iterator[Finding]:
    """Take a preset value out: on a returned form it could not be told from a person's."""
    for holder in field.holders:
        for key in ("/RV", "/I"):
            if key in holder and field.kind != "Btn":
                del holder[key]
    if field.kind == "Btn" or field.flags & READ_ONLY or not (value := inherited(field.holders[0], "/V")):
        return
    if field.kind != "Sig" and str(value).strip():
        yield note("value-cleared", "had a preset value, which the template leaves out", source=source, path=field.name)
    for held in (*field.holders, *(widget.held for widget in field.widgets)):
        for key in ("/V", "/AP"):
            if key in held:
                del held[key]


def _tree(fields: Object, depth: int = 32) -> Iterator[Object]:
    for held in fields:
        if isinstance(held, Dictionary):
            yield held
            kids = held.get("/Kids")
            if isinstance(kids, Array) and depth:
                yield from _tree(kids, depth - 1)


def _prepare(pdf: Pdf, corners: Sequence[Corner | None]) -> None:
    """Make room for what filling adds: properties, fonts, and a stream of each page for its stamp."""
    if not isinstance(pdf.trailer.get("/Info"), Dictionary):
        pdf.trailer.Info = pdf.make_indirect(Dictionary())
    metadata = pdf.Root.get("/Metadata")
    if not isinstance(metadata, Stream) or b"</rdf:RDF>" not in metadata.read_bytes():
        pdf.Root.Metadata = Stream(pdf, _XMP, Type=Name.Metadata, Subtype=Name.XML)
    else:
        packet = metadata.read_bytes()
        pdf.Root.Metadata = Stream(pdf, packet, Type=Name.Metadata, Subtype=Name.XML)
    pdf.Root.PieceInfo = _private(Official=True, Fonts=pdf.make_indirect(Dictionary()))
    for page, corner in zip(pdf.pages, corners, strict=True):
        stamp = Stream(pdf, b"")
        page.contents_add(Stream(pdf, b"q\n"), prepend=True)
        page.contents_add(Stream(pdf, b"\nQ\n"))
        page.contents_add(stamp)
        page.obj.Resources = _with_state(inherited(page.obj, "/Resources") or Dictionary())
        private: dict[str, Any] = {"Stamp": page.obj.Contents[-1], "Role": Name.main}
        if corner:
            private["Corner"] = Array(list(corner))
        page.obj.PieceInfo = _private(**private)
        page.obj.LastModified = _EPOCH


def _with_state(resources: Object) -> Dictionary:
    """Add the graphics state by which DRAFT darkens what it lies on, and covers nothing."""
    own = Dictionary(dict(resources.items()))
    states = Dictionary(dict(own.get("/ExtGState", Dictionary()).items()))
    states[MULTIPLY] = Dictionary(Type=Name.ExtGState, BM=Name.Multiply)
    own.ExtGState = states
    return own


def _private(**entries: Any) -> Dictionary:
    return Dictionary(cmforms=Dictionary(LastModified=_EPOCH, Private=Dictionary(**entries)))
