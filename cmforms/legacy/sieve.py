"""Which rows of a sheet are about somebody: not totals, headers that stand again, rows struck through."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cmforms.legacy.cells import plain_key
from cmforms.legacy.matching import GROUP
from cmforms.legacy.planning import Plan
from cmforms.legacy.sheets import Row, Struck, is_blank


class Sieve:
    """Sorts out the rows of one sheet; `left_out` has the numbers of those that it kept back, by the reason."""

    def __init__(self, plan: Plan, totals: Sequence[str]) -> None:
        self.left_out: dict[str, list[int]] = {}
        self._rule = plan.rule
        self._columns = len(plan.columns)
        self._total_words = tuple(map(plain_key, totals))
        self._total_row = re.compile(rf"(?:{'|'.join(map(re.escape, self._total_words))})\b.*")
        self._own_labels = frozenset(part for label in plan.header.labels.values() for part in label.split(GROUP))

    def wanted(self, number: int, row: Row) -> Row | None:
        """Return the row; None for totals, headers that stand again and rows struck through that a profile skips."""
        first = next((raw for raw in row if not is_blank(raw)), None)
        if first is None:
            return None
        if isinstance(first, str) and (why := self._no_case(first, row)):
            self.left_out.setdefault(why, []).append(number)
            return None
        if isinstance(first, Struck) and self._rule.struck_rows and all_struck(row):
            if self._rule.struck_rows == "skip":
                self.left_out.setdefault("are struck through", []).append(number)
                return None
            return [raw.shown if isinstance(raw, Struck) else raw for raw in row]
        return row

    def _no_case(self, first: str, row: Row) -> str:
        if first.lower().startswith(self._total_words) and self._total_row.fullmatch(plain_key(first).rstrip(":")):
            filled = sum(not is_blank(raw) for raw in row)
            return "hold totals" if filled <= max(2, self._columns // 2) else ""
        if not self._own_labels.isdisjoint((first, " ".join(first.split()))):
            texts = {" ".join(raw.split()) for raw in row if isinstance(raw, str) and raw.strip()}
            return "hold the headers again" if len(texts) > 1 and texts <= self._own_labels else ""
        return ""


def all_struck(row: Row) -> bool:
    """Tell whether all that a row holds is struck through."""
    filled = [raw for raw in row if not is_blank(raw)]
    return bool(filled) and all(isinstance(raw, Struck) for raw in filled)
