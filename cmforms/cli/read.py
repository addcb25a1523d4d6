"""`cmforms read`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from cmforms.cli.progress import bar
from cmforms.cli.settings import as_json_option, open_workspace, tell
from cmforms.errors import blocks


class Limit(click.ParamType):  # type: ignore[type-arg]
    """A limit's name and number."""

    name = "NAME=NUMBER"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, float]:
        """Take `pages=800`; whether there is such a limit is seen later."""
        name, _, number = str(value).partition("=")
        try:
            return name, int(number) if number.isdecimal() else float(number)
        except ValueError:
            self.fail(f"{value!r} is not like pages=800", param, ctx)


@click.command(epilog="Exit 0: all read. 1: findings that block. 2: a file cannot be used.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE|FOLDER...")
@click.option("--save", is_flag=True, help="Put what people added into the records.")
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Processes that read; else one for each core.")
@click.option(
    "--limit", "limits", type=Limit(), multiple=True,
    help="What reading one file may take: seconds, cpu_seconds, page_seconds, memory_mb, pages.",
)
@click.option(
    "--crops", type=click.Path(path_type=Path), metavar="DIR", help="Write a PNG of each place that needs a person.",
)
@as_json_option
@click.pass_obj
def read(
    folder: Path | None, files: tuple[Path, ...], save: bool, workers: int | None,
    limits: tuple[tuple[str, float], ...], crops: Path | None, as_json: bool,  # noqa: ARG001
) -> None:  # fmt: skip
    """Read returned documents: filled-in or flattened PDF, scan, fax, photo, Word, a face sheet as a workbook.

    Any number of files and folders, each with any mix of documents, in any order. Prints a JSON line for each document
    found: its pages are put together whichever files they came in.
    """
    from cmforms.workflow.preloading import preload_readers

    preload_readers()
    from cmforms.workflow import reading as readings
    from cmforms.workflow.crops import write_crops

    workspace = open_workspace(folder)
    found = readings.files_in(files)
    codes = {0}
    tell(readings.limits_missing())
    with workspace.open_store() as store:
        with bar("Reading", "files", len(found)) as advance:
            how = readings.Conditions(workspace.limits(dict(limits)), workers, advance)
            pile = readings.read(workspace, store, found, how)
        for reading in pile:
            click.echo(json.dumps(readings.as_json(reading), ensure_ascii=False))
            findings = [*reading.findings, *(readings.save(workspace, store, reading) if save else ())]
            tell(findings)
            codes.add(2 if reading.kind == "unreadable" else int(blocks(findings)))
    tell(readings.second_reader_missing(pile))
    if crops:
        tell(write_crops(pile, crops, how.limits))
    if len(found) > 1:
        click.echo(readings.summary(pile, len(found)), err=True)
    raise SystemExit(max(codes))
