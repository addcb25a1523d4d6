"""One field as it was read, held against what really stands on the paper."""

from __future__ import annotations

from typing import Any

from benchmarks.reading.truth import FieldTruth
from cmforms.values.documents import FieldReading, Status
from cmforms.values.kinds import to_json

RIGHT, REVIEW, UNREAD = "right", "review", "unread"
WRONG, LOST, FALSE = "wrong", "lost", "false"
SILENT = (WRONG, LOST, FALSE)
"""Errors that nobody is told of: another value, something that stands there given as blank, something invented."""


def outcome(truth: FieldTruth, read: FieldReading | None) -> str:
    """Return what became of a field.

    `right`: accepted as it is, or rightly blank; for what a person must see (altered, handwritten, unclear) that it
    went to review. `review`: a person must look although the toolkit could have known. `unread`: its page was not
    identified or not placed, which a finding says. All others are silent errors.
    """
    if read is None:
        return UNREAD
    if read.status is Status.REVIEW:
        return RIGHT if truth.state in ("altered", "written", "unclear") else REVIEW
    value = None if read.status is Status.BLANK or says_nothing(read) else to_json(read.value)
    return _JUDGES.get(truth.state, _printed)(truth, value)


def says_nothing(read: FieldReading) -> bool:
    """Tell whether a field has no value; the number 0 is one, an unmarked box has none."""
    return read.value is None or read.value is False or read.value == ""


def _printed(truth: FieldTruth, value: Any) -> str:
    return LOST if value is None else RIGHT if value == truth.issued else WRONG


def _nothing(_truth: FieldTruth, value: Any) -> str:
    return RIGHT if value is None else FALSE


def _never_accepted(_truth: FieldTruth, value: Any) -> str:
    return LOST if value is None else WRONG


def _signed(_truth: FieldTruth, value: Any) -> str:
    return LOST if value is None else RIGHT


def _marked(truth: FieldTruth, value: Any) -> str:
    wanted = truth.issued if truth.printed else True if truth.text == "X" else truth.text
    return LOST if value is None else RIGHT if value == wanted else WRONG


_JUDGES = {
    "printed": _printed, "empty": _nothing, "unsigned": _nothing, "unmarked": _nothing, "signed": _signed,
    "marked": _marked, "altered": _never_accepted, "written": _never_accepted, "unclear": _never_accepted,
}  # fmt: skip


def suggests_right(truth: FieldTruth, read: FieldReading) -> bool:
    """Tell whether the value read, accepted or only suggested, is what stands on the paper."""
    said = to_json(read.value)
    if truth.state in ("printed", "marked"):
        return _JUDGES[truth.state](truth, said) == RIGHT
    return truth.state == "signed" or _plain(said) == _plain(truth.text)


def _plain(text: Any) -> str:
    return "".join(str(text or "").casefold().split())
