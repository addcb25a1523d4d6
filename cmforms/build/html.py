"""The HTML of a template, with a numbered input for each place to fill in, and the fonts it is set in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cmforms.build.page_model import COLUMN_POINTS, LABEL_LINE, Composer
from cmforms.build.slots import Slot
from cmforms.definitions.schema import District, Form
from cmforms.resources import fonts
from cmforms.values.phrases import phrases

_HERE = Path(__file__).parent
# The inputs' own face never shows: WeasyPrint embeds it whole, and it is dropped from the result.
_FACES = (
    ("Form Sans", 400, "NotoSans-Regular.ttf"),
    ("Form Sans", 700, "NotoSans-Bold.ttf"),
    ("Form Unseen", 400, "NotoSansHebrew-Regular.ttf"),
)
_FACE = '@font-face {{ font-family: "{family}"; font-weight: {weight}; src: url("{url}"); }}'
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=False
)


@dataclass(frozen=True, slots=True)
class Composed:
    """A document before it is laid out: its HTML, and its inputs by name."""

    html: str
    slots: Mapping[str, Slot]
    sheets: tuple[str, ...]


def compose(form: Form, district: District, lang: str) -> Composed:
    """Return the HTML of a form in a language: main pages, then each optional page."""
    texts = phrases(lang)
    composer = Composer(form, lang, texts)
    parts, sheets = composer.parts(), composer.sheets()
    html = _ENVIRONMENT.get_template("document.html").render(
        lang=lang,
        form=form,
        title=form.text(form.title, lang),
        number=texts.form.format(number=form.number) if form.number else "",
        revision=texts.revision.format(revision=form.revision),
        district=district,
        office=form.text(district.office, lang),
        phone=texts.phone.format(phone=district.phone),
        parts=parts,
        column=COLUMN_POINTS,
        label_line=LABEL_LINE,
        sheets=sheets,
    )
    return Composed(html, composer.slots.items, tuple(sheet.role for sheet in sheets))


def stylesheet() -> str:
    """Return the stationery's CSS with the shipped fonts by their files, so that no system font matters."""
    faces = [
        _FACE.format(family=family, weight=weight, url=(fonts() / file).as_uri())
        for family, weight, file in _FACES
    ]
    return "\n".join([*faces, (_HERE / "stationery.css").read_text(encoding="utf-8")])
