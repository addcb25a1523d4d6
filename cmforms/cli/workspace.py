"""`cmforms init`."""

from __future__ import annotations

from pathlib import Path

import click

from cmforms.cli.settings import as_json_option, show_json


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@as_json_option
def init(folder: Path, as_json: bool) -> None:
    """Make a workspace in FOLDER: settings, key, own forms and templates, records."""
    from cmforms.workflow.workspace import Workspace

    workspace = Workspace.init(folder)
    if as_json:
        show_json({"workspace": str(workspace.folder)})
    click.echo(f"Made a workspace in {folder}. Keep {folder / 'issue.key'} private.", err=True)
