"""The few phrases of the stationery itself, in the languages of the forms."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrases:
    """What the page says around the form's own text; braces stand for values."""

    form: str
    revision: str
    page: str
    more_page: str
    addendum_page: str
    continued: str
    addendum: str
    addendum_note: str
    row: str
    phone: str


_PHRASES = {
    "en": Phrases(
        form="Form {number}",
        revision="Rev. {revision}",
        page="Page {page} of {pages}",
        more_page="Continuation page",
        addendum_page="Addendum page",
        continued="{heading} (continued)",
        addendum="Addendum",
        addendum_note="Answers that are longer than their box continue here, each under its own number.",
        row="{label}, row {row}",
        phone="Phone {phone}",
    ),
    "es": Phrases(
        form="Formulario {number}",
        revision="Rev. {revision}",
        page="Página {page} de {pages}",
        more_page="Hoja de continuación",
        addendum_page="Hoja de anexo",
        continued="{heading} (continuación)",
        addendum="Anexo",
        addendum_note="Aquí continúan las respuestas que no caben en su casilla, cada una con su número.",
        row="{label}, fila {row}",
        phone="Teléfono {phone}",
    ),
    "ht": Phrases(
        form="Fòm {number}",
        revision="Rev. {revision}",
        page="Paj {page} sou {pages}",
        more_page="Paj kontinyasyon",
        addendum_page="Paj anèks",
        continued="{heading} (kontinyasyon)",
        addendum="Anèks",
        addendum_note="Repons ki pi long pase kazye yo kontinye isit la, chak anba pwòp nimewo pa li.",
        row="{label}, liy {row}",
        phone="Telefòn {phone}",
    ),
}


def phrases(lang: str) -> Phrases:
    """Return the phrases in a language, in English where the language has none."""
    return _PHRASES.get(lang, _PHRASES["en"])
