"""What a template's file says of itself: title, language, conformance, form, revision (XMP, ISO 16684-1)."""

from __future__ import annotations

from markupsafe import escape
from pikepdf import Dictionary, Name, Pdf, Stream, String

from cmforms.definitions.schema import Form

NAMESPACE = "urn:cmforms:document:1"
_PRODUCER = "cmforms"
_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:cmforms="{namespace}">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:language><rdf:Bag><rdf:li>{lang}</rdf:li></rdf:Bag></dc:language>
<pdf:Producer>{producer}</pdf:Producer>
<pdfuaid:part>1</pdfuaid:part>
<xmp:CreateDate>{date}</xmp:CreateDate>
<xmp:ModifyDate>{date}</xmp:ModifyDate>
<cmforms:form>{form}</cmforms:form>
<cmforms:revision>{revision}</cmforms:revision>
<cmforms:lang>{lang}</cmforms:lang>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def pdf_date(form: Form) -> str:
    """Return the first day of the form's revision as a PDF date: building twice gives the same file."""
    return f"D:{form.revision.replace('-', '')}01000000Z"


def write_metadata(pdf: Pdf, form: Form, lang: str) -> None:
    """Write the document information, the XMP packet and the catalog's language and view settings."""
    title = form.text(form.title, lang)
    date = pdf_date(form)
    packet = _XMP.format(
        namespace=NAMESPACE, title=escape(title), lang=lang, producer=_PRODUCER,
        date=f"{form.revision}-01T00:00:00Z", form=form.id, revision=form.revision,
    )
    pdf.Root.Metadata = Stream(pdf, packet.encode(), Type=Name.Metadata, Subtype=Name.XML)
    pdf.Root.Lang = String(lang)
    pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    pdf.Root.MarkInfo = Dictionary(Marked=True)
    for key in list(pdf.docinfo.keys()):
        del pdf.docinfo[key]
    entries = {"/Title": title, "/Producer": _PRODUCER, "/CreationDate": date, "/ModDate": date}
    for key, value in entries.items():
        pdf.docinfo[key] = String(value)
