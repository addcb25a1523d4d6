"""`cmforms read`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from cmforms.cli.settings import as_json_option, open_workspace, tell
from cmforms.errors import blocks


@click.command(epilog="Exit 0: all read. 1: findings that block. 2: a file cannot be used.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--save", is_flag=True, help="Put what people added into the records.")
@as_json_option
@click.pass_obj
def read(folder: Path | None, files: tuple[Path, ...], save: bool, as_json: bool) -> None:  # noqa: ARG001
    """Read returned documents: filled-in or flattened PDF, Word, a face sheet as a workbook.

    Prints a JSON line for each document found; a file may hold several.
    """
    from cmforms.workflow import reading as readings

    workspace = open_workspace(folder)
    codes = {0}
    with workspace.open_store() as store:
        for reading in readings.read(workspace, store, files):
            click.echo(json.dumps(readings.as_json(reading), ensure_ascii=False))
            findings = [*reading.findings, *(readings.save(workspace, store, reading) if save else ())]
            tell(findings)
            codes.add(2 if reading.kind == "unreadable" else int(blocks(findings)))
    raise SystemExit(max(codes))
