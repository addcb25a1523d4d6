"""Whether extracted text is the text that was printed, however the extraction ordered and spaced it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from cmforms.read.compare import same_text

_SPACE = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\u00ad]+")
# Hebrew to Thaana run from right to left; the scripts from India to Khmer draw signs out of spoken order.
_REORDERED = re.compile(r"[\u0590-\u08ff\u0900-\u0dff\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\ufb1d-\ufeff]")

# Numbers as one, each character of a script that is drawn in another order, other words, other characters.
_PARTS = re.compile(rf"\d+(?:[/.,:-]\d+)*|{_REORDERED.pattern}|[^\W\d_]+|\S")
_MIRRORED = str.maketrans("()[]{}<>«»", "((((((((((")


def same_print(extracted: str, printed: str) -> bool:
    """Tell whether a text taken from a print is the one printed.

    White space is not compared, because lines were broken. Where scripts are drawn in another order than they
    are spoken, their characters are compared as a set with counts; numbers and words of other scripts must
    agree letter by letter, whatever their order. Brackets are mirrored there and say nothing.
    """
    if same_text(extracted, printed) or _tight(extracted) == _tight(printed):
        return True
    return bool(_REORDERED.search(printed)) and _bag(extracted) == _bag(printed)


def _tight(text: str) -> str:
    return _SPACE.sub("", unicodedata.normalize("NFC", text))


def _bag(text: str) -> Counter[str]:
    plain = unicodedata.normalize("NFKC", text).translate(_MIRRORED)
    return Counter(_PARTS.findall(_SPACE.sub(" ", plain)))
