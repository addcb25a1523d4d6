"""`cmforms fill`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cmforms.cli.progress import bar
from cmforms.cli.settings import as_json_option, open_workspace, tell
from cmforms.errors import Finding, InputError, blocks

if TYPE_CHECKING:
    from cmforms.store import Store
    from cmforms.workflow.filling import Progress
    from cmforms.workflow.printing import Print
    from cmforms.workflow.stream import Stream
    from cmforms.workflow.workspace import Workspace


class Workers(click.ParamType):  # type: ignore[type-arg]
    """A number of processes, or the address of a Dask scheduler."""

    name = "N|tcp://HOST:PORT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        """Take 1 and up, `tcp://` and `tls://`."""
        if isinstance(value, int) or str(value).startswith(("tcp://", "tls://")):
            return value  # type: ignore[no-any-return]
        if not str(value).isdecimal() or int(value) == 0:
            self.fail(f"{value!r} is neither a number from 1 nor an address such as tcp://10.0.0.5:8786", param, ctx)
        return int(value)


@click.command(epilog="Exit 0: all filled. 1: some refused. 2: a source cannot be used. 3: cannot write.")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--packet", metavar="ID", help="Fill every form of a packet: intake, contract, expulsion.")
@click.option("--form", "form_id", metavar="ID", help="Fill one form; `cmforms forms list` names them.")
@click.option("--out", metavar="DIR|URL", required=True, help="The folder to write to, or a place such as s3://bucket/run.")
@click.option(
    "--format", "format_", type=click.Choice(["pdf", "docx"]), default="pdf", show_default=True, help="PDF or Word."
)
@click.option("--lang", metavar="CODE", help="Force a language; else the reader's own picks it.")
@click.option("--draft", is_flag=True, help="Fill what is there; each page is marked DRAFT.")
@click.option("--workers", type=Workers(), help="Processes, or a Dask scheduler; else as many as the work needs.")
@click.option(
    "--merge", type=click.Choice(["none", "case", "school", "all"]), default="none", show_default=True,
    help="Put the PDFs together for duplex printing, in DIR/merged.",
)
@click.option(
    "--order", type=click.Choice(["source", "school", "student"]), default="source", show_default=True,
    help="The order of merged documents.",
)
@click.option("--separators", is_flag=True, help="A sheet with the school's name before each school, when merging.")
@click.option("--verify", is_flag=True, help="Read each document back, also printed flat, and compare.")
@click.option("--resume", is_flag=True, help="Go on with an interrupted run: make only what is missing.")
@as_json_option
@click.pass_obj
def fill(
    folder: Path | None, sources: tuple[str, ...], packet: str | None, form_id: str | None, out: str,
    format_: str, lang: str | None, draft: bool, workers: int | str | None, merge: str, order: str,
    separators: bool, verify: bool, resume: bool, as_json: bool,
) -> None:  # fmt: skip
    """Fill forms from case files, workbooks or stored cases.

    SOURCE is a case file (YAML, JSON, JSONL), a workbook (XLSX, CSV), a folder of those, a stored case id, or
    `store:` for all stored cases.
    """
    from cmforms.workflow.filling import Filler, Order, Settings, forms_of_packet
    from cmforms.workflow.printing import Print
    from cmforms.workflow.run_report import write_report
    from cmforms.workflow.stream import Stream

    if bool(packet) == bool(form_id):
        raise click.UsageError("Give either --packet or --form.")
    if "://" in out and (verify or merge != "none"):
        raise click.UsageError("--merge and --verify need a folder of this machine as --out.")
    workspace = open_workspace(folder)
    forms = forms_of_packet(workspace.library, packet) if packet else (form_id or "",)
    with workspace.open_store() as store:
        stream = Stream(sources, store)
        filler = Filler(workspace, store, Order(out, forms, format_, lang, draft), Settings(workers, resume))
        counts, blocked = _follow(filler.follow(stream), stream, as_json)
        if merge != "none" and counts:
            _merge(workspace, store, Path(out), Print(merge, order, separators))
        if verify and counts:
            blocked = _verify(workspace, store, Path(out)) or blocked
    if not stream.count and blocks(stream.findings):
        raise InputError(stream.findings)
    write_report(out, stream.findings, stream.count)
    _tell_unread(stream.findings, as_json)
    _summary(out, counts)
    if stream.unusable:
        raise SystemExit(2)
    if blocked or blocks(stream.findings):
        raise SystemExit(1)


def _follow(run: Iterable[Progress], stream: Stream, as_json: bool) -> tuple[Counter[str], bool]:
    """Show what is committed as it comes; nothing of it is kept but the counts."""
    counts: Counter[str] = Counter()
    blocked = False
    with bar("Filling", "cases", stream.estimate()) as advance:
        for progress in run:
            counts["there already"] += progress.kept
            for outcome in progress.outcomes:
                counts[outcome.status] += 1
                blocked = blocked or blocks(outcome.findings)
                if as_json:
                    click.echo(json.dumps(outcome.as_json(), ensure_ascii=False))
                tell(outcome.findings)
            advance(progress.cases)
    return +counts, blocked


def _merge(workspace: Workspace, store: Store, out: Path, wanted: Print) -> None:
    from cmforms.workflow.printing import merge_run

    paths = list(merge_run(workspace, store, out, wanted))
    click.echo(f"{len(paths):,} merged in {out / 'merged'}", err=True)


def _verify(workspace: Workspace, store: Store, out: Path) -> bool:
    """Tell what does not read back; return whether that blocks."""
    from cmforms.workflow.verifying import verify_run

    findings = list(verify_run(workspace, store, out))
    tell(findings)
    click.echo("verified: every field reads back as it was issued" if not findings else "verification failed", err=True)
    return bool(findings)


def _tell_unread(findings: list[Finding], as_json: bool) -> None:
    tell(findings)
    if as_json and findings:
        click.echo(json.dumps({"findings": [finding.as_json() for finding in findings]}, ensure_ascii=False))


def _summary(out: str, counts: Counter[str]) -> None:
    said = ", ".join(f"{count:,} {status}" for status, count in sorted(counts.items())) or "no document applies"
    place = out.rstrip("/")
    click.echo(f"{said}; see {place}/manifest.jsonl and {place}/report.html", err=True)
