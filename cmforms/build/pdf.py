"""Build the fillable, tagged PDF of a form in a language: laid out by WeasyPrint, put right by pikepdf."""

from __future__ import annotations

from pathlib import Path

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from cmforms.build.html import compose, stylesheet
from cmforms.build.normalise import normalise
from cmforms.definitions.schema import District, Form
from cmforms.files import write_whole


def build_pdf(form: Form, district: District, lang: str, path: Path) -> None:
    """Write the PDF/UA-1 template of a form. The same definition gives the same bytes.

    Raises DefinitionError when an optional page does not fit one page, OutputError when it cannot be written.
    """
    write_whole(path, pdf_template(form, district, lang))


def pdf_template(form: Form, district: District, lang: str) -> bytes:
    """Return the bytes: main pages, one continuation page for each group, one addendum page."""
    composed = compose(form, district, lang)
    fonts = FontConfiguration()
    laid_out = HTML(string=composed.html).write_pdf(
        stylesheets=[CSS(string=stylesheet(), font_config=fonts)], font_config=fonts,
        pdf_variant="pdf/ua-1", pdf_forms=True,
    )
    return normalise(laid_out, form, lang, composed.slots, composed.sheets)
