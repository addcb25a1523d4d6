"""When the text that a reader gives is the expected one, for all that it confused signs of one shape.

A digit is never another digit, and a letter never another letter: 3 for 8 or e for o is another value, whatever
its shape. Only what one shape can stand for is the same: 0 and O, 1 and l and I, S and s.
"""

from __future__ import annotations

import re
import unicodedata

from rapidfuzz import fuzz

_SHAPES = ("0Oo", "1lI|!", "5Ss", "8B", "2Zz", "6G", "Cc", "Kk", "Pp", "Uu", "Vv", "Ww", "Xx", "'’‘`´", '"“”', "-–—")
_SHAPE = str.maketrans({sign: group[0] for group in _SHAPES for sign in group})
_SPACE = re.compile(r"\s+")
_NO_DIGIT = re.compile(r"\D+")
_NEAR = 80.0
"""Of 100: one sign in five may be another one."""


def same_signs(read: str, expected: str) -> bool:
    """Tell whether two texts are the same sign for sign, but for white space."""
    return _tight(read) == _tight(expected)


def same_shapes(read: str, expected: str) -> bool:
    """Tell whether two texts are the same but for signs that share a shape."""
    return _tight(read).translate(_SHAPE) == _tight(expected).translate(_SHAPE)


def resembles(read: str, expected: str) -> bool:
    """Tell whether a text is the expected one but for some of its signs, and for none of its digits.

    An altered text can be as near to the expected one, so this only counts where the pictures agree.
    """
    digits = _NO_DIGIT.sub("", read) == _NO_DIGIT.sub("", expected)
    return digits and fuzz.ratio(_tight(read), _tight(expected)) >= _NEAR


def _tight(text: str) -> str:
    return _SPACE.sub("", unicodedata.normalize("NFC", text))

