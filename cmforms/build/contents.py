"""The pages' content streams and resources put right after WeasyPrint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pikepdf
from pikepdf import ContentStreamInstruction as Instruction
from pikepdf import Dictionary, Name, Object, Operator, Page, Pdf

from cmforms.build.tagging import marked_ids
from cmforms.errors import DefinitionError

_KEPT_ON_PAGES = frozenset(
    {"/Type", "/Parent", "/MediaBox", "/Contents", "/Annots", "/StructParents", "/Tabs", "/Resources"}
)
# Graphics states of WeasyPrint that say only "opaque", which a page is from the start.
_OPAQUE = frozenset({"/a1.0", "/A1.0", "/a1", "/A1"})
_SLANT = 0.2
_FACES = ("Form-Sans", "Form-Sans-Bold", "Form-Sans-Oblique", "Form-Sans-Bold-Oblique")


def simplify_pages(pdf: Pdf) -> None:
    """Rewrite every page's content, and give all pages one resource dictionary: the fonts in use.

    Raises DefinitionError when a character is in none of the shipped fonts, for then a font of this very
    machine would be embedded.
    """
    known = marked_ids(pdf)
    fonts = dict(pdf.pages[0].obj.Resources.Font.items())
    slanted = frozenset(name for name, font in fonts.items() if str(font.BaseFont).endswith("-Oblique"))
    used: set[str] = set()
    for page in pdf.pages:
        for key in set(page.obj.keys()) - _KEPT_ON_PAGES:
            del page.obj[key]
        instructions = list(_rewritten(page, known[page.obj.objgen]))
        used |= {str(each.operands[0]) for each in instructions if str(each.operator) == "Tf"}
        _slant(instructions, slanted)
        page.obj.Contents = pdf.make_stream(pikepdf.unparse_content_stream(instructions))
    _share_resources(pdf, {name: fonts[name] for name in sorted(used)})


def _rewritten(page: Page, known: frozenset[int]) -> Iterator[Instruction]:
    """Yield the page's instructions; content that the tree does not know becomes an artifact (14.8.2.2)."""
    for each in pikepdf.parse_content_stream(page):
        if not isinstance(each, Instruction):
            raise TypeError("WeasyPrint never writes an inline image for this stationery")
        operator = str(each.operator)
        if operator == "gs" and str(each.operands[0]) in _OPAQUE:
            continue
        if operator == "BDC" and int(each.operands[1].MCID) not in known:
            yield Instruction([Name.Artifact], Operator("BMC"))
        else:
            yield each


def _slant(instructions: list[Instruction], slanted: frozenset[str]) -> None:
    """Lean the italic text: there is no italic face, and WeasyPrint writes its stand-in upright."""
    for at, each in enumerate(instructions):
        if str(each.operator) == "Tf" and str(each.operands[0]) in slanted:
            before = instructions[at - 1]
            if str(before.operator) == "Tm":
                a, b, c, d, x, y = (float(number) for number in before.operands)
                instructions[at - 1] = Instruction([a, b, c + _SLANT, d, x, y], before.operator)


def _share_resources(pdf: Pdf, fonts: Mapping[str, Object]) -> None:
    foreign = {str(font.BaseFont)[8:] for font in fonts.values()} - set(_FACES)
    if foreign:
        raise DefinitionError.because(
            "glyph-missing", f"a text needs another font than the shipped ones: {', '.join(sorted(foreign))}",
            fix="Write the text with other characters.",
        )
    shared = pdf.make_indirect(Dictionary(Font=pdf.make_indirect(Dictionary(fonts))))
    for page in pdf.pages:
        page.obj.Resources = shared
