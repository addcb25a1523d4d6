"""What is asked of the readers of pictures, and what they answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cmforms.values.kinds import Kind

Grey = NDArray[np.uint8]
"""A picture in grey, rows from the top; 0 is black."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What is left over of a page's print when pictures are compared, in parts of the depth of the ink.

    `worst` is the middle of what is left over of a word where it is most, `bar` the same along a line.
    """

    worst: float
    bar: float


SHARP = Usual(0.1, 0.05)
"""A clean scan's."""


class Sign(NamedTuple):
    """A sign that was printed: where its baseline starts in the crop, and the size of its font, all in pixels."""

    text: str
    x: float
    y: float
    size: float


@dataclass(frozen=True, eq=False)
class Request:
    """One crop: the inside of a field's box on a page that lies in template space.

    `expected` is the text that was printed there, '' where none was or nobody knows; `reference` the same crop of
    the page as it was issued, of the same shape, and `usual` what print that nobody touched leaves over on that page.
    `signs` gives the signs of what was printed, where they are known. `lost` is 255 where a fax lost lines, which were
    drawn again from their neighbours, of the same shape; None where it lost none.
    `source_kind` is scan, fax or photo. `choices` is the closed vocabulary of the field, if it has one.
    """

    pixels: Grey
    dpi: float
    kind: Kind
    lang: str
    expected: str = ""
    choices: tuple[str, ...] = ()
    source_kind: str = "scan"
    reference: Grey | None = None
    usual: Usual = SHARP
    signs: Callable[[], Sequence[Sign]] = tuple
    lost: Grey | None = None


@dataclass(frozen=True)
class Recognised:
    """What a crop says. `doubt` is why a person must look, and then `text` is only a suggestion.

    `method` names the witnesses that it rests on, `answers` what each reader said. `score` is how good the evidence
    looks, `certainty` the share of readings of that score that were right when they were counted.
    """

    text: str
    answers: Mapping[str, str]
    certainty: float
    handwritten: bool = False
    doubt: str = ""
    method: str = ""
    score: float = 0.0

    @property
    def witnesses(self) -> str:
        """The method, with a question mark where it left doubt: what readings are counted by."""
        return f"{self.method}?" if self.doubt else self.method


