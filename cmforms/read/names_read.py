"""The names of documents and pages in text that was read from a picture, where O may stand for 0 and l for 1."""

from __future__ import annotations

import re
from collections.abc import Iterator

_ISSUE = re.compile(r"(?<![0-9A-Z])([0-9A-Z]{5})\s?[-–—]\s?([0-9A-Z]{5})(?![0-9A-Z])")
_TAKEN_FOR = str.maketrans("OILU", "011V")
_REVISION = re.compile(r"(?<!\d)(20\d{2})\s?[-–—]\s?(0[1-9]|1[0-2])(?!\d)")
_FOLIO = re.compile(r"(?<!\d)(\d{1,3})\s+[^\W\d_]{1,5}\s+(\d{1,3})(?!\d)")


def issues_in(text: str) -> Iterator[str]:
    """Yield what may be issue ids; letters that the ids do not use are taken for the digits that they look like."""
    for first, second in _ISSUE.findall(text.upper()):
        yield f"{first}{second}".translate(_TAKEN_FOR)


def folios_in(text: str) -> Iterator[tuple[int, int]]:
    """Yield pairs of a page's number and the number of pages."""
    for number, total in _FOLIO.findall(text):
        yield int(number), int(total)


def revisions_in(text: str) -> set[str]:
    """Return the editions that are named: `2026-08`."""
    return {f"{year}-{month}" for year, month in _REVISION.findall(text)}


def names(text: str, name: str) -> bool:
    """Tell whether a number or title stands in a text as a whole, whatever its case, spaces and line breaks."""
    found = re.search(rf"(?<!\w){_loose(name)}(?!\w)", " ".join(text.split()).casefold())
    return found is not None


def _loose(name: str) -> str:
    return r"\s?".join(re.escape(word) for word in name.casefold().split())
