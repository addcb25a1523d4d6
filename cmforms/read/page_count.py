"""Which pages of a document came: the missing ones, and those that came more than once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath

from cmforms.errors import Finding, error, note, review
from cmforms.values.documents import FieldReading, Part

COPIES_DIFFER = "copies of the page differ"
"""How the doubt of a field begins that its copies do not agree on."""

Place = tuple[str, int]
"""A page: its file, and its number there."""


def pages_said(numbers: Sequence[int]) -> str:
    """Return page numbers in words: `page 2`, `pages 1, 3`."""
    return f"page{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"


def numbers_of(parts: Sequence[Part]) -> dict[Place, int]:
    """Return the number in the document of each page that has one."""
    return {
        (part.source, page): number
        for part in parts
        for page, number in zip(part.pages, part.numbers, strict=True)
        if number
    }


def missing_pages(parts: Sequence[Part], total: int | None) -> Iterator[Finding]:
    """Yield a finding when not all of a document's pages came."""
    came = set(numbers_of(parts).values())
    missing = [number for number in range(1, (total or 0) + 1) if number not in came]
    if missing:
        yield error(
            "page-missing", f"{pages_said(missing)} of {total} did not come", source=parts[0].source,
            fix="Ask for the missing pages, or scan the whole document again.",
        )


def repeated_pages(parts: Sequence[Part], fields: Sequence[FieldReading]) -> Iterator[Finding]:
    """Yield a finding for each page that came more than once: a note when its copies say the same."""
    numbers = numbers_of(parts)
    differing = {
        numbers.get((field.source or parts[0].source, field.page or 0))
        for field in fields
        if field.doubt.startswith(COPIES_DIFFER)
    }
    for number in sorted(set(numbers.values())):
        places = [place for place, own in numbers.items() if own == number]
        if len(places) == 1:
            continue
        said = f"page {number} came {len(places)} times{_where(places)}"
        if number in differing:
            yield review(
                "page-duplicate", f"{said}, and the copies differ", source=parts[0].source,
                fix="Keep the one that was signed or filled in.",
            )
        else:
            yield note("page-duplicate", f"{said}, and the copies say the same", source=parts[0].source)


def _where(places: Sequence[Place]) -> str:
    """Name the files, when they are several."""
    files = dict.fromkeys(PurePath(source).name for source, _ in places)
    return f" (in {', '.join(files)})" if len(files) > 1 else ""
