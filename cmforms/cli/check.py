"""`cmforms check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmforms.cli.settings import as_json_option, open_workspace, show_json, tell

if TYPE_CHECKING:
    from cmforms.workflow.checking import Checklist

_COLOURS = {"✔": "green", "✘": "red", "?": "yellow", "w": "cyan"}


@click.command(epilog="Exit 0: complete. 1: incomplete. 2: cannot judge.")
@click.argument("target", metavar="CASE|FOLDER|FILE")
@click.option("--packet", required=True, metavar="ID", help="The packet to judge: intake, contract or expulsion.")
@as_json_option
@click.pass_obj
def check(folder: Path | None, target: str, packet: str, as_json: bool) -> None:
    """Say whether a packet is complete, and what is missing, why, and by which rule.

    The target is a stored case, a case file, a folder with what came back, or one returned document.
    """
    from cmforms.workflow import checking

    workspace = open_workspace(folder)
    with workspace.open_store() as store:
        verdict = checking.check(workspace, store, target, packet)
    if as_json:
        show_json(verdict.as_json())
    else:
        _print(checking.checklist(verdict))
    tell(verdict.findings)
    raise SystemExit(verdict.exit_code)


def _print(checklist: Checklist) -> None:
    click.secho(checklist.title, bold=True)
    for section in checklist.sections:
        click.echo(f"\n{section.heading}")
        for line in section.lines:
            cites = f"  [{', '.join(f'CMS {cite}' for cite in line.cites)}]" if line.cites else ""
            detail = f": {line.detail}" if line.detail else ""
            click.echo(f"  {click.style(line.mark, fg=_COLOURS.get(line.mark))} {line.text}{detail}{cites}")
    click.secho(f"\n{checklist.summary}", bold=True)
    for number, step in enumerate(checklist.next_steps, 1):
        click.echo(f"  {number}. {step}")
