"""The forms that an unknown document comes nearest to: by title, form number, and names of fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz, utils

from cmforms.definitions.library import Library
from cmforms.definitions.schema import Form
from cmforms.read.pages import Page
from cmforms.read.pdf_form import address_of

MOST = 3
_NEAR = 75.0
_TEXT_LOOKED_AT = 4000
_PAGES_LOOKED_AT = 5


def nearest_forms(pages: Sequence[Page], library: Library) -> tuple[str, ...]:
    """Return up to three form ids, the nearest first; none when nothing is near."""
    looked_at = pages[:_PAGES_LOOKED_AT]
    text = utils.default_process(" ".join(page.text[:_TEXT_LOOKED_AT] for page in looked_at))
    names = {address_of(widget) for page in looked_at for widget in page.widgets}
    for page in looked_at:
        page.release()
    scores = {form.id: max(_scores(form, text, names)) for form in library.forms()}
    near = sorted((form_id for form_id, score in scores.items() if score >= _NEAR), key=lambda i: -scores[i])
    return tuple(near[:MOST])


def _scores(form: Form, text: str, names: set[str]) -> Iterator[float]:
    """Yield how near a form comes, 0 to 100, by each sign."""
    words = text.split()
    for title in form.title.values():
        yield fuzz.partial_ratio(utils.default_process(title), text) if text else 0.0
    if form.number:
        yield 100.0 if form.number.lower() in words else 0.0
    yield 100.0 * sum(form.spec(name) is not None for name in names) / max(len(names), 1)
