"""The frame of the page: letterhead and running head above; form number, page, issue and QR below."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from cmforms.build.docx_xml import NAMESPACES, TEXT_WIDTH, Element, el, paragraph, plain, row, run, table
from cmforms.definitions.schema import District, Form
from cmforms.values.phrases import phrases

EMU_PER_MM = 36_000
QR_SIZE = 18 * EMU_PER_MM
QR_NAME = "cmforms-qr"
QR_RELATION = "rId1"
_QR_COLUMN = 1160
_NAME_COLUMN = 5400

_PICTURE = """
<w:drawing xmlns:w="{w}" xmlns:wp="{wp}" xmlns:a="{a}" xmlns:pic="{pic}" xmlns:r="{r}">
<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{size}" cy="{size}"/>
<wp:docPr id="{id}" name="{name}" descr="{text}"/>
<wp:cNvGraphicFramePr><a:graphicFrameLocks noChangeAspect="1"/></wp:cNvGraphicFramePr>
<a:graphic><a:graphicData uri="{pic}"><pic:pic>
<pic:nvPicPr><pic:cNvPr id="{id}" name="{name}" descr="{text}"/><pic:cNvPicPr/></pic:nvPicPr>
<pic:blipFill><a:blip r:embed="{relation}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>
<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{size}" cy="{size}"/></a:xfrm>
<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr>
</pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing>
"""


@dataclass(frozen=True)
class Frame:
    """Headers and footers of one form in one language."""

    form: Form
    district: District
    lang: str

    def letterhead(self) -> Element:
        """Return the first page's header."""
        district = self.district
        office = self.form.text(district.office, self.lang)
        place = f"{district.street}\n{district.city}, {district.state} {district.zip}"
        reach = f"{phrases(self.lang).phone.format(phone=district.phone)}\n{district.website}"
        left = [paragraph("DistrictName", run(plain(district.name))), paragraph("Header", run(plain(office)))]
        right = [paragraph("Header", run(plain(text)), before=_right()) for text in (place, reach)]
        return self._header([_pair(left, right, _NAME_COLUMN, edge="bottom")])

    def running_head(self) -> Element:
        """Return the header of the further pages: the form's title, and whose document it is."""
        title = self.form.text(self.form.title, self.lang)
        whose = [run(f"{{{{ v.{name} }}}}") for name in self.form.identify]
        dotted = [piece for one in whose for piece in (run(" · "), one)][1:]
        left = [paragraph("Header", run(plain(title), "Strong"))]
        right = [paragraph("Header", *dotted, before=_right())]
        return self._header([_pair(left, right, _NAME_COLUMN, edge="bottom")])

    def footer(self, picture_id: int) -> Element:
        """Return a footer; `picture_id` is the QR picture's number, unlike any other's in the document."""
        before, between, after = _around(phrases(self.lang).page)
        page = [run(before), *_field("PAGE"), run(between), *_field("NUMPAGES"), run(after)]
        left = [
            paragraph("Footer", run(plain(self.form.text(self.form.title, self.lang)), "Strong")),
            paragraph("Footer", run(plain(edition(self.form, self.lang)))),
            paragraph("Footer", run(phrases(self.lang).issue.format(issue="{{ doc.issue_text }}"))),
            paragraph("Footer", *page),
        ]
        right = [paragraph("Footer", self._picture(picture_id), before=_right())]
        return el("w:ftr", _pair(left, right, TEXT_WIDTH - _QR_COLUMN, edge="top"), paragraph("Gap"))

    def _header(self, content: list[Element]) -> Element:
        banner = [
            paragraph("TemplateTag", run("{%p if doc.draft %}")),
            paragraph("DraftBanner", run(phrases(self.lang).draft)),
            paragraph("TemplateTag", run("{%p endif %}")),
        ]
        return el("w:hdr", *banner, *content, paragraph("Gap"))

    def _picture(self, picture_id: int) -> Element:
        text = _PICTURE.format(
            **NAMESPACES, size=QR_SIZE, id=picture_id, name=QR_NAME,
            relation=QR_RELATION, text=phrases(self.lang).qr,
        )
        parser = etree.XMLParser(remove_blank_text=True)
        return el("w:r", etree.fromstring(text.strip(), parser))


def edition(form: Form, lang: str) -> str:
    """Return the line that names the form's number and revision."""
    say = phrases(lang)
    number = [say.form.format(number=form.number)] if form.number else []
    return " · ".join([*number, say.revision.format(revision=form.revision)])


def _right() -> tuple[Element, ...]:
    return (el("w:jc", w_val="right"),)


def _around(pattern: str) -> tuple[str, str, str]:
    before, _, rest = pattern.partition("{page}")
    between, _, after = rest.partition("{pages}")
    return before, between, after


def _field(code: str) -> list[Element]:
    return [
        el("w:r", el("w:fldChar", w_fldCharType="begin")),
        el("w:r", el("w:instrText", f" {code} ", xml_space="preserve")),
        el("w:r", el("w:fldChar", w_fldCharType="separate")),
        run("1"),
        el("w:r", el("w:fldChar", w_fldCharType="end")),
    ]


def _pair(left: list[Element], right: list[Element], width: int, *, edge: str) -> Element:
    widths = [width, TEXT_WIDTH - width]
    cells = [
        el(
            "w:tc",
            el(
                "w:tcPr",
                el("w:tcW", w_w=part, w_type="dxa"),
                el("w:tcBorders", el(f"w:{edge}", w_val="single", w_sz=8, w_space=0, w_color="1D3557")),
                el("w:tcMar", el("w:top", w_w=60, w_type="dxa"), el("w:bottom", w_w=60, w_type="dxa")),
                el("w:vAlign", w_val="bottom" if edge == "bottom" else "top"),
            ),
            *content,
        )
        for part, content in zip(widths, (left, right), strict=True)
    ]
    return table("TableNormal", widths, [row(*cells)])
