"""Where each value of a case came from: the edition, import, edit or returned document that brought it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cmforms.store import Edition, Store
from cmforms.values.kinds import to_json
from cmforms.workflow.cases import current
from cmforms.workflow.editing import leaves


def origins(case_id: str, store: Store) -> list[dict[str, Any]]:
    """Return path, value and origin of every value of a case as it stands. Raises InputError for an unknown case."""
    data, _ = current(case_id, store)
    store.disclose("read", [case_id])
    brought = {value.path: value for value in store.record_values(case_id)}
    entered = _entered(store.history(case_id))
    columns = {batch.id: batch.note.get("columns", {}) for batch in store.batches()}
    rows = []
    for path, value in leaves(data).items():
        returned = brought.get(path)
        if returned and to_json(returned.value) == value:
            origin: Mapping[str, Any] = {"document": returned.origin}
        else:
            origin = _of_edition(entered.get(path), path, columns)
        rows.append({"path": path, "value": value, "origin": origin})
    return rows


def _entered(history: list[Edition]) -> dict[str, Edition]:
    """Return for each path the edition in which its value was last changed."""
    found: dict[str, Edition] = {}
    before: dict[str, Any] = {}
    for edition in history:
        now = leaves(edition.data)
        found |= {path: edition for path, value in now.items() if before.get(path) != value}
        before = now
    return found


def _of_edition(edition: Edition | None, path: str, columns: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    if edition is None:
        return {"document": "several values of one"}
    how = dict(edition.origin or {})
    column = columns.get(how.get("import", 0), {}).get(path)
    moment = edition.saved_at.isoformat(timespec="seconds")
    return {"edition": edition.version, "saved_at": moment, **how, **({"column": column} if column else {})}
