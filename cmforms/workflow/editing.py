"""Edits by hand: each carries the edition that it began from, so that nobody's work is lost unseen."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from cmforms.errors import Finding, InputError, StaleError, review
from cmforms.model import case_from, plain
from cmforms.model.paths import at, put
from cmforms.store import Edition, Store


def set_values(store: Store, case_id: str, changes: Mapping[str, str], read: int) -> int:
    """Save values at paths such as `guardians[0].phone`, an empty text removing one; return the new version.

    `read` is the edition that the person looked at. When there is a newer one, nothing is saved: StaleError shows
    what the other edit changed and what this one would. Raises InputError for an unknown case, edition or path, and
    for a value that does not fit.
    """
    base = _edition(store.history(case_id), case_id, read)
    data = copy.deepcopy(dict(base.data))
    for path, text in changes.items():
        if not put(data, path, text or None):
            raise InputError.because(
                "path-unknown", "there is no such entry", case=case_id, path=path,
                fix="A list's entries count from 0; `cmforms cases show` lists them.",
            )
    whole = plain(case_from(data, f"store:{case_id}"))
    try:
        return store.save_case(case_id, whole, {"edit": sorted(changes)}, read)
    except StaleError as stale:
        newest = store.head(case_id)
        raise StaleError([*stale.findings, *(_both(base, newest, changes) if newest else ())]) from None


def changes_of(words: Sequence[str]) -> dict[str, str]:
    """Split words such as `student.grade=09`. Raises InputError for one without `=`."""
    for word in words:
        if "=" not in word:
            raise InputError.because("edit-unclear", f"{word!r} is not PATH=VALUE", fix="As in: student.grade=09")
    return {path: value for path, _, value in (word.partition("=") for word in words)}


def leaves(data: Any, path: str = "") -> dict[str, Any]:
    """Return every value of plain data by its path."""
    if isinstance(data, Mapping):
        parts = ((f"{path}.{key}" if path else key, part) for key, part in data.items())
    elif isinstance(data, list):
        parts = ((f"{path}[{number}]", part) for number, part in enumerate(data))
    else:
        return {path: data}
    return {place: value for name, part in parts for place, value in leaves(part, name).items()}


def _edition(history: Sequence[Edition], case_id: str, version: int) -> Edition:
    for edition in history:
        if edition.version == version:
            return edition
    raise InputError.because(
        "edition-unknown", f"there is no edition {version} of it", case=case_id,
        fix="`cmforms cases show` says which edition it shows.",
    )


def _both(base: Edition, newest: Edition, changes: Mapping[str, str]) -> list[Finding]:
    """Show, value by value, what stood in the edition that was read, what stands now, and what this edit wants."""
    before, now = leaves(base.data), leaves(newest.data)
    theirs = sorted(path for path in before.keys() | now.keys() if before.get(path) != now.get(path))
    return [
        review(
            "edit-both", f"you read {_said(before.get(path))}, stored is {_said(at(newest.data, path))}"
            + (f", and you would write {_said(changes[path] or None)}" if path in changes else ""),
            case=base.case, path=path,
        )
        for path in [*theirs, *(path for path in changes if path not in theirs)]
    ]  # fmt: skip


def _said(value: Any) -> str:
    return "nothing" if value is None else repr(value)
