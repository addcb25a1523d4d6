"""The Word template of a form: official stationery, each field a content control that holds its tag.

The tags are docxtpl's, so that a district can open the file in Word, move and restyle what it likes, and save
it again.
"""

from __future__ import annotations

from pathlib import Path

from cmforms.build.docx_blocks import Blocks
from cmforms.build.docx_controls import locale
from cmforms.build.docx_frame import QR_RELATION, Frame, edition
from cmforms.build.docx_package import (
    METADATA,
    OFFICE,
    app_properties,
    content_types,
    core_properties,
    custom_properties,
    relationships,
    zipped,
)
from cmforms.build.docx_xml import (
    MARGIN,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    TWIPS,
    Element,
    el,
    paragraph,
    part,
    plain,
    qualified,
    run,
    stored,
)
from cmforms.definitions.schema import District, Form
from cmforms.files import write_whole
from cmforms.png import modules_png

_QR_PART = "media/qr.png"
_MODULES = 33
_HEADER_AT = 26 * TWIPS
_FOOTER_AT = 18 * TWIPS
_TOP = 60 * TWIPS
_BOTTOM = 84 * TWIPS
# Each part of `word/` beside the document itself, with its kind; their order gives their relationship ids.
_KINDS = {
    "styles": "styles",
    "numbering": "numbering",
    "settings": "settings",
    "fontTable": "fontTable",
    "header1": "header",
    "header2": "header",
    "footer1": "footer",
    "footer2": "footer",
}
_IDS = {name: f"rId{number}" for number, name in enumerate(_KINDS, 1)}
_FRAME = (("header1", "first"), ("header2", "default"), ("footer1", "first"), ("footer2", "default"))


def build_docx(form: Form, district: District, lang: str, path: Path) -> None:
    """Write the Word template of a form in a language; the same definition gives the same bytes.

    Raises DefinitionError for a name too long for Word, OutputError when the file cannot be written.
    """
    write_whole(path, docx_template(form, district, lang))


def docx_template(form: Form, district: District, lang: str) -> bytes:
    """Return the bytes of the Word template."""
    title = form.text(form.title, lang)
    parts = {
        "[Content_Types].xml": content_types(_KINDS),
        "_rels/.rels": relationships(
            (
                ("rId1", f"{OFFICE}/relationships/officeDocument", "word/document.xml"),
                ("rId2", f"{METADATA}/core-properties", "docProps/core.xml"),
                ("rId3", f"{OFFICE}/relationships/extended-properties", "docProps/app.xml"),
                ("rId4", f"{OFFICE}/relationships/custom-properties", "docProps/custom.xml"),
            )
        ),
        "docProps/core.xml": core_properties(title, district.name, locale(lang)),
        "docProps/app.xml": app_properties(),
        "docProps/custom.xml": custom_properties(
            {"cmforms.form": form.id, "cmforms.revision": form.revision, "cmforms.lang": lang}
        ),
    }
    return zipped(parts | _word(form, district, lang))


def _word(form: Form, district: District, lang: str) -> dict[str, bytes]:
    blocks = Blocks(form, lang)
    document = part(_document(form, lang, blocks))
    links = ((_IDS[name], f"{OFFICE}/relationships/{kind}", f"{name}.xml") for name, kind in _KINDS.items())
    picture = relationships([(QR_RELATION, f"{OFFICE}/relationships/image", _QR_PART)])
    frame = Frame(form, district, lang)
    return {
        "word/document.xml": document,
        "word/_rels/document.xml.rels": relationships(links),
        "word/styles.xml": part(_localised("styles.xml", lang)),
        "word/numbering.xml": part(_numbering(blocks)),
        "word/settings.xml": part(_localised("settings.xml", lang)),
        "word/fontTable.xml": part(stored("fontTable.xml")),
        "word/header1.xml": part(frame.letterhead()),
        "word/header2.xml": part(frame.running_head()),
        "word/footer1.xml": part(frame.footer(1)),
        "word/footer2.xml": part(frame.footer(2)),
        "word/_rels/footer1.xml.rels": picture,
        "word/_rels/footer2.xml.rels": picture,
        f"word/{_QR_PART}": modules_png(_placeholder()),
    }


def _document(form: Form, lang: str, blocks: Blocks) -> Element:
    title = paragraph("Title", run(plain(form.text(form.title, lang))))
    body = el("w:body", title, paragraph("FormNumber", run(plain(edition(form, lang)))))
    for section in form.sections:
        body.extend(blocks.section(section))
    body.append(_page())
    root = el("w:document", body)
    # Word 2007 knows no check boxes in content controls; it may pass over them.
    root.set(qualified("mc:Ignorable"), "w14")
    return root


def _page() -> Element:
    references = (
        el(f"w:{name.rstrip('12')}Reference", w_type=pages, r_id=_IDS[name]) for name, pages in _FRAME
    )
    return el(
        "w:sectPr",
        *references,
        el("w:pgSz", w_w=PAGE_WIDTH, w_h=PAGE_HEIGHT),
        el(
            "w:pgMar", w_top=_TOP, w_right=MARGIN, w_bottom=_BOTTOM, w_left=MARGIN,
            w_header=_HEADER_AT, w_footer=_FOOTER_AT, w_gutter=0,
        ),
        el("w:titlePg"),
    )


def _localised(name: str, lang: str) -> Element:
    root = stored(name)
    for tongue in root.iter(qualified("w:lang"), qualified("w:themeFontLang")):
        tongue.set(qualified("w:val"), locale(lang))
    return root


def _numbering(blocks: Blocks) -> Element:
    root = stored("numbering.xml")
    root.extend(blocks.lists.definitions())
    return root


def _placeholder() -> list[list[bool]]:
    """An empty frame where the issued document has its QR code."""
    edge = (0, _MODULES - 1)
    return [[row in edge or column in edge for column in range(_MODULES)] for row in range(_MODULES)]
