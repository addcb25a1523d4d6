"""When the text that a reader gives is the expected one, for all that it confused signs of one shape.

A digit is never another digit, and a letter never another letter: 3 for 8 or e for o is another value, whatever
its shape. Only what one shape can stand for is the same: 0 and O, 1 and l and I, S and s.
"""

from __future__ import annotations

import re
import unicodedata

_SHAPES = ("0Oo", "1lI|!", "5Ss", "8B", "2Zz", "6G", "Cc", "Kk", "Pp", "Uu", "Vv", "Ww", "Xx", "'’‘`´", '"“”', "-–—")
_SHAPE = str.maketrans({sign: group[0] for group in _SHAPES for sign in group})
_SPACE = re.compile(r"\s+")
_NO_DIGIT = re.compile(r"\D+")
_UNDOTTED = str.maketrans("ijł|!ĐđØø", "lllllDdOo")
_RUN_TOGETHER = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("ll", "u"))


def same_signs(read: str, expected: str) -> bool:
    """Tell whether two texts are the same sign for sign, but for white space."""
    return _tight(read) == _tight(expected)


def same_shapes(read: str, expected: str) -> bool:
    """Tell whether two texts are the same but for signs that share a shape."""
    return _tight(read).translate(_SHAPE) == _tight(expected).translate(_SHAPE)


def resembles(read: str, expected: str) -> bool:
    """Tell whether a reader's common slips explain the difference: accents, stops, i for l, letters run together.

    An altered text can be as near to the expected one, so this only counts where the pictures agree.
    """
    digits = _NO_DIGIT.sub("", read) == _NO_DIGIT.sub("", expected)
    return digits and _loose(read) == _loose(expected)


def _tight(text: str) -> str:
    return _SPACE.sub("", unicodedata.normalize("NFC", text))



def _loose(text: str) -> str:
    signs = unicodedata.normalize("NFD", _tight(text)).translate(_UNDOTTED)
    plain = "".join(sign for sign in signs if sign.isalnum())
    for pair, sign in _RUN_TOGETHER:
        plain = plain.replace(pair, sign)
    return plain.translate(_SHAPE)
