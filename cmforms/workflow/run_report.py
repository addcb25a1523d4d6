"""`report.html`: what a run made and what it could not make, for people. Cases stand in it by their ids only."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any
from urllib.parse import quote

from cmforms.errors import Finding, Severity
from cmforms.workflow.manifest import open_manifest
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
    newest = _newest(manifest.lines())
    manifest.close()
    target.write(REPORT, _page(newest, unread, cases).encode())


def _newest(lines: Iterable[bytes]) -> list[dict[str, Any]]:
    """Return of each document the last line, in the order of the manifest, without what is not shown."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for line in lines:
        data = json.loads(line)
        key = (data["case"], data["form"], data["lang"], data["path"] or "")
        found[key] = {name: data[name] for name in ("case", "form", "lang", "path", "pages", "status", "findings")}
    made = {(data["case"], data["form"]) for data in found.values() if data["path"]}
    # What was refused at first and made later, when the case was complete, is no failure any more.
    return [data for data in found.values() if data["path"] or (data["case"], data["form"]) not in made]


def _page(documents: Sequence[Mapping[str, Any]], unread: Sequence[Finding], cases: int) -> str:
    failures = [data for data in documents if not data["path"]]
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><title>Run report</title>",
        f"<style>{_STYLE}</style><h1>Run report</h1>",
        f"<p>{cases:,} cases in the last run. All of this stands in <a href={MANIFEST}>{MANIFEST}</a> too.</p>",
        *_counts(documents, unread),
        *_failures(failures, unread),
        *_documents([data for data in documents if data["path"]]),
        "</html>\n",
    ]
    return "\n".join(parts)


def _counts(documents: Sequence[Mapping[str, Any]], unread: Sequence[Finding]) -> Iterator[str]:
    counts = Counter((str(data["form"]), str(data["status"])) for data in documents)
    pages = sum(data["pages"] or 0 for data in documents)
    yield "<h2>Counts</h2><table><tr><th>Form<th>Status<th class=number>Documents"
    for (form, status), count in sorted(counts.items()):
        yield f"<tr><td>{escape(form)}<td>{escape(status)}<td class=number>{count:,}"
    yield f"<tr><th>All<th><th class=number>{sum(counts.values()):,}</table>"
    rows = sum(finding.severity is Severity.ERROR for finding in unread)
    yield f"<p>{pages:,} pages. {rows:,} faults in rows that could not be read.</p>"


def _failures(failures: Sequence[Mapping[str, Any]], unread: Sequence[Finding]) -> Iterator[str]:
    yield "<h2>Failures</h2>"
    if not failures and not unread:
        yield "<p>None.</p>"
        return
    yield "<table><tr><th>Where<th>Case<th>Form<th>What<th>What to do"
    for finding in unread:
        where = finding.where
        said = f"{finding.code} ({where.path})" if where.path else finding.code
        yield _row(_place(finding.as_json()), where.case or "", "", said, finding.fix)
    for data in failures:
        for finding in data["findings"]:
            if finding["severity"] == Severity.ERROR.value:
                what, fix = finding.get("message", finding["code"]), finding.get("fix", "")
                yield _row(_place(finding), data["case"], data["form"], what, fix)
    yield "</table>"


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{escape(cell)}" for cell in cells)


def _place(finding: Mapping[str, Any]) -> str:
    where = finding.get("where", {})
    sheet, line = where.get("sheet"), where.get("line")
    parts = [where.get("source"), sheet and f"sheet {sheet}", where.get("cell"), line and f"line {line}"]
    return ", ".join(part for part in parts if part)


def _documents(made: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "<h2>Documents</h2><table><tr><th>Case<th>Documents"
    for case, some in groupby(made, key=lambda data: str(data["case"])):
        links = " · ".join(f"<a href=\"{quote(data['path'])}\">{_name(data)}</a>" for data in some)
        yield f"<tr><td>{escape(case)}<td>{links}"
    yield "</table>"


def _name(data: Mapping[str, Any]) -> str:
    return escape(f"{data['form']} ({data['lang']})")
