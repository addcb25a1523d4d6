"""`report.html`: what a run made and what it could not make, for people. Cases stand in it by their ids only."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from io import BytesIO
from itertools import groupby
from typing import Any
from urllib.parse import quote

from cmforms.errors import Finding, Severity
from cmforms.workflow.manifest import LocalManifest, RemoteManifest, open_manifest
from cmforms.workflow.targets import MANIFEST, open_target

REPORT = "report.html"

_STYLE = """\
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;
border-bottom:1px solid #ccc}th{background:#f0f3f6}.number{text-align:right}.error{color:#a40000}
@media print{a{color:inherit;text-decoration:none}}"""


def write_report(out: str, unread: Sequence[Finding], cases: int) -> None:
    """Write the report from the manifest and from what could not be read of the sources.

    `cases` is how many cases this run was given. Of an unread row only its place and what to do are told: the
    words of the finding quote the row. Raises OutputError (exit 3).
    """
    target = open_target(out)
    manifest = open_manifest(target)
    page = BytesIO()
    for part in _page(_Documents(manifest), unread, cases):
        page.write(part.encode() + b"\n")
    manifest.close()
    target.write(REPORT, page.getvalue())


class _Documents:
    """The newest line of each document, read from the manifest each time: there may be a million of them."""

    def __init__(self, manifest: LocalManifest | RemoteManifest) -> None:
        self._manifest = manifest
        newest: dict[int, int] = {}
        made = set()
        for number, data in self._all():
            newest[hash((data["case"], data["form"], data["lang"], data["path"]))] = number
            if data["path"]:
                made.add(_subject(data))
        self._newest = frozenset(newest.values())
        self._made = made

    def _all(self) -> Iterator[tuple[int, dict[str, Any]]]:
        for number, line in enumerate(self._manifest.lines()):
            yield number, json.loads(line)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Leave out what was refused at first and made later, when the case was complete."""
        for number, data in self._all():
            if number in self._newest and (data["path"] or _subject(data) not in self._made):
                yield data


def _subject(data: Mapping[str, Any]) -> int:
    return hash((data["case"], data["form"]))


def _page(documents: _Documents, unread: Sequence[Finding], cases: int) -> Iterator[str]:
    yield "<!doctype html><html lang=en><meta charset=utf-8><title>Run report</title>"
    yield f"<style>{_STYLE}</style><h1>Run report</h1>"
    yield f"<p>{cases:,} cases in the last run. All of this stands in <a href={MANIFEST}>{MANIFEST}</a> too.</p>"
    yield from _counts(documents, unread)
    yield from _failures((data for data in documents if not data["path"]), unread)
    yield from _documents(data for data in documents if data["path"])
    yield "</html>"


def _counts(documents: Iterable[Mapping[str, Any]], unread: Sequence[Finding]) -> Iterator[str]:
    counts: Counter[tuple[str, str]] = Counter()
    pages = 0
    for data in documents:
        counts[str(data["form"]), str(data["status"])] += 1
        pages += data["pages"] or 0
    yield "<h2>Counts</h2><table><tr><th>Form<th>Status<th class=number>Documents"
    for (form, status), count in sorted(counts.items()):
        yield f"<tr><td>{escape(form)}<td>{escape(status)}<td class=number>{count:,}"
    yield f"<tr><th>All<th><th class=number>{sum(counts.values()):,}</table>"
    rows = sum(finding.severity is Severity.ERROR for finding in unread)
    yield f"<p>{pages:,} pages. {rows:,} faults in rows that could not be read.</p>"


def _failures(failures: Iterable[Mapping[str, Any]], unread: Sequence[Finding]) -> Iterator[str]:
    yield "<h2>Failures</h2><table><tr><th>Where<th>Case<th>Form<th>What<th>What to do"
    for finding in unread:
        where = finding.where
        said = f"{finding.code} ({where.path})" if where.path else finding.code
        yield _row(_place(finding.as_json()), where.case or "", "", said, finding.fix)
    for data in failures:
        for said_of in data["findings"]:
            if said_of["severity"] == Severity.ERROR.value:
                what, fix = said_of.get("message", said_of["code"]), said_of.get("fix", "")
                yield _row(_place(said_of), data["case"], data["form"], what, fix)
    yield "</table>"


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{escape(cell)}" for cell in cells)


def _place(finding: Mapping[str, Any]) -> str:
    where = finding.get("where", {})
    sheet, line = where.get("sheet"), where.get("line")
    parts = [where.get("source"), sheet and f"sheet {sheet}", where.get("cell"), line and f"line {line}"]
    return ", ".join(part for part in parts if part)


def _documents(made: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    yield "<h2>Documents</h2><table><tr><th>Case<th>Documents"
    for case, some in groupby(made, key=lambda data: str(data["case"])):
        links = " · ".join(f"<a href=\"{quote(data['path'])}\">{_name(data)}</a>" for data in some)
        yield f"<tr><td>{escape(case)}<td>{links}"
    yield "</table>"


def _name(data: Mapping[str, Any]) -> str:
    return escape(f"{data['form']} ({data['lang']})")
