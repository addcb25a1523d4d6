"""The words that filling adds to a page, in the languages of the forms."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """Braces stand for values."""

    form: str
    revision: str
    page: str
    issue: str
    draft: str
    continued: str
    row: str


_WORDS = {
    "en": Words(
        "Form {number}", "Rev. {revision}", "Page {page} of {pages}", "Issue {issue}", "DRAFT",
        "continued: {item}", "row {row}",
    ),
    "es": Words(
        "Formulario {number}", "Rev. {revision}", "Página {page} de {pages}", "Emisión {issue}", "BORRADOR",
        "continúa: {item}", "fila {row}",
    ),
    "ht": Words(
        "Fòm {number}", "Rev. {revision}", "Paj {page} sou {pages}", "Emisyon {issue}", "BOUYON",
        "kontinye: {item}", "liy {row}",
    ),
}


def words(lang: str) -> Words:
    """Return the words in a language, in English where the language has none."""
    return _WORDS.get(lang, _WORDS["en"])
