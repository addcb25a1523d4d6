"""The phrases of the stationery, in the languages of the forms: blanks and filled documents share them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """What a page says around the form's own text; braces stand for values."""

    form: str
    revision: str
    page: str
    issue: str
    draft: str
    qr: str
    more_page: str
    addendum_page: str
    continued: str
    continued_in: str
    addendum: str
    addendum_note: str
    cell: str
    row: str
    phone: str


_PHRASES = {
    "en": Phrases(
        form="Form {number}",
        revision="Rev. {revision}",
        page="Page {page} of {pages}",
        issue="Document {issue}",
        draft="DRAFT",
        qr="QR code with this document's number",
        more_page="Continuation page",
        addendum_page="Addendum page",
        continued="{heading} (continued)",
        continued_in="continued: {item}",
        addendum="Addendum",
        addendum_note="Answers that are longer than their box continue here, each under its own number.",
        cell="{label}, row {row}",
        row="row {row}",
        phone="Phone {phone}",
    ),
    "es": Phrases(
        form="Formulario {number}",
        revision="Rev. {revision}",
        page="Página {page} de {pages}",
        issue="Documento {issue}",
        draft="BORRADOR",
        qr="Código QR con el número de este documento",
        more_page="Hoja de continuación",
        addendum_page="Hoja de anexo",
        continued="{heading} (continuación)",
        continued_in="continúa: {item}",
        addendum="Anexo",
        addendum_note="Aquí continúan las respuestas que no caben en su casilla, cada una con su número.",
        cell="{label}, fila {row}",
        row="fila {row}",
        phone="Teléfono {phone}",
    ),
    "ht": Phrases(
        form="Fòm {number}",
        revision="Rev. {revision}",
        page="Paj {page} sou {pages}",
        issue="Dokiman {issue}",
        draft="BOUYON",
        qr="Kòd QR ki gen nimewo dokiman sa a",
        more_page="Paj kontinyasyon",
        addendum_page="Paj anèks",
        continued="{heading} (kontinyasyon)",
        continued_in="kontinye: {item}",
        addendum="Anèks",
        addendum_note="Repons ki twò long pou kazye yo kontinye isit la, yo chak ak pwòp nimewo pa yo.",
        cell="{label}, liy {row}",
        row="liy {row}",
        phone="Telefòn {phone}",
    ),
}


def phrases(lang: str) -> Phrases:
    """Return the phrases in a language, in English where the language has none."""
    return _PHRASES.get(lang, _PHRASES["en"])
