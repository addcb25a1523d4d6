"""`cmforms fill`."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import click

from cmforms.cli.settings import as_json_option, open_workspace, tell
from cmforms.errors import Finding, blocks


@click.command(epilog="Exit 0: all filled. 1: some refused. 2: a source cannot be used. 3: cannot write.")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--packet", metavar="ID", help="Fill every form of a packet: intake, contract, expulsion.")
@click.option("--form", "form_id", metavar="ID", help="Fill one form; `cmforms forms list` names them.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder to write to.")
@click.option("--format", "format_", type=click.Choice(["pdf", "docx"]), default="pdf", show_default=True, help="PDF or Word.")
@click.option("--lang", metavar="CODE", help="Force a language; else the reader's own picks it.")
@click.option("--draft", is_flag=True, help="Fill what is there; each page is marked DRAFT.")
@as_json_option
@click.pass_obj
def fill(
    folder: Path | None, sources: tuple[str, ...], packet: str | None, form_id: str | None, out: Path,
    format_: str, lang: str | None, draft: bool, as_json: bool,
) -> None:  # fmt: skip
    """Fill forms from case files, workbooks or stored cases.

    SOURCE is a case file (YAML, JSON, JSONL), a workbook (XLSX, CSV), a folder of those, or a stored case id.
    """
    from cmforms.workflow.cases import cases_from
    from cmforms.workflow.filling import Filler, Order, forms_of_packet

    if bool(packet) == bool(form_id):
        raise click.UsageError("Give either --packet or --form.")
    workspace = open_workspace(folder)
    forms = forms_of_packet(workspace.library, packet) if packet else (form_id or "",)
    with workspace.open_store() as store:
        loaded = cases_from(sources, store)
        outcomes = []
        for outcome in Filler(workspace, store, Order(out, forms, format_, lang, draft)).run(loaded.cases):
            outcomes.append(outcome)
            if as_json:
                click.echo(json.dumps(outcome.as_json(), ensure_ascii=False))
            tell(outcome.findings)
    tell(loaded.findings)
    _summary(out, Counter(outcome.status for outcome in outcomes))
    found: list[Finding] = [*loaded.findings, *(f for outcome in outcomes for f in outcome.findings)]
    if blocks(found):
        raise SystemExit(1)


def _summary(out: Path, counts: Counter[str]) -> None:
    said = ", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "no document applies"
    click.echo(f"{said}; see {out / 'manifest.jsonl'}", err=True)
