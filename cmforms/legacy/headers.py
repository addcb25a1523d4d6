"""Where a sheet's headers stand: below titles, over one, two or three rows, or nowhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from cmforms.legacy.matching import GROUP, NEAR, SURE, Matcher
from cmforms.legacy.sheets import Row, Sheet, is_blank, letter

MOST_TITLE_ROWS = 30
MOST_HEADER_ROWS = 3


@dataclass(frozen=True)
class Header:
    """The headers by column from 0. `rows` are the numbers of their rows; none where a sheet has no headers."""

    rows: tuple[int, ...]
    labels: dict[int, str]

    @property
    def last(self) -> int:
        """The number of the last row before the values."""
        return max(self.rows, default=0)

    def keys(self) -> dict[int, str]:
        """Return how a profile names each column: by its header, or as `column F` where that stands twice."""
        counts = Counter(self.labels.values())
        return {
            column: label if label and counts[label] == 1 else f"column {letter(column)}"
            for column, label in self.labels.items()
        }


def find_header(sheet: Sheet, matcher: Matcher) -> Header | None:
    """Find the rows of headers by how many known names they hold; None where nothing says that there are any."""
    rows = [(number, row) for number, row in islice(sheet.rows, MOST_TITLE_ROWS * 2) if not all(map(is_blank, row))]
    best: tuple[float, Header] | None = None
    for at in range(len(rows[:MOST_TITLE_ROWS])):
        for count in range(1, MOST_HEADER_ROWS + 1):
            held = rows[at : at + count]
            if len(held) == count and all(_all_text(row) for _, row in held):
                header = _header(held)
                score = _score(header, matcher) - 0.3 * (count - 1)
                if best is None or score > best[0] + 0.01:
                    best = score, header
    return best[1] if best and best[0] >= min(1.5, 0.3 * len(best[1].labels)) else None


def header_at(sheet: Sheet, numbers: Sequence[int]) -> Header:
    """Return the headers in the rows that a profile names; without any, every column goes by its letter."""
    if not numbers:
        width = max((len(row) for _, row in islice(sheet.rows, 100)), default=0)
        return Header((), {column: f"column {letter(column)}" for column in range(width)})
    return _header([(number, row) for number, row in islice(sheet.rows, max(numbers)) if number in numbers])


def _header(held: Sequence[tuple[int, Row]]) -> Header:
    """Join what stands above each column; a group's name counts for all columns below it up to the next."""
    numbers = tuple(number for number, _ in held)
    width = max(len(row) for _, row in held)
    levels = [[_words(row[c]) if c < len(row) else "" for c in range(width)] for _, row in held]
    for level in levels[:-1]:
        if not _titles(level):
            _spread(level, levels[-1])
    labels = {}
    for column in range(width):
        parts = list(dict.fromkeys(level[column] for level in levels if level[column]))
        if parts:
            labels[column] = GROUP.join(parts)
    return Header(numbers, labels)


def _titles(level: Sequence[str]) -> bool:
    """Tell whether a row of headers names nearly every column itself, so that nothing spreads from cell to cell."""
    return sum(map(bool, level)) > len(level) * 0.7


def _spread(level: list[str], below: Sequence[str]) -> None:
    name = ""
    for column, text in enumerate(level):
        name = text or name
        if below[column]:
            level[column] = name


def _score(header: Header, matcher: Matcher) -> float:
    """Count the columns whose header is known; those that are merely like a known one count less."""
    score = 0.0
    seen: set[tuple[str, ...]] = set()
    for label in header.labels.values():
        match = matcher.match(label)
        names = tuple(each.path for each in match.targets)
        if match.targets and names not in seen:
            seen.add(names)
            score += (
                1 if match.sure else 0.6 if match.score >= SURE else 0.3 if match.score >= (SURE + NEAR) / 2 else 0.1
            )
    return score


def _all_text(row: Row) -> bool:
    """Headers are texts; a row with numbers or dates, or with much more in one cell than a name, is none."""
    filled = [raw for raw in row if not is_blank(raw)]
    return all(isinstance(raw, str) and not raw.strip().replace("-", "").isdigit() and len(raw) < 300 for raw in filled)


def _words(raw: Any) -> str:
    return "" if is_blank(raw) else " ".join(str(raw).split())
