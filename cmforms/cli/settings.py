"""What every command shares: the workspace, `--json`, and how findings are told."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cmforms.errors import Finding, Severity

if TYPE_CHECKING:
    from cmforms.workflow.workspace import Workspace

JSON = "cmforms.json"


def _remember(ctx: click.Context, _param: click.Parameter, value: bool) -> bool:
    ctx.find_root().meta[JSON] = value
    return value


as_json_option = click.option(
    "--json", "as_json", is_flag=True, is_eager=True, callback=_remember, help="Machine-readable on stdout."
)


def open_workspace(folder: Path | None) -> Workspace:
    """Return the workspace of this command, making the user's own when there is no other."""
    from cmforms.workflow.workspace import Workspace

    found = Workspace.find(folder, Path(click.get_app_dir("cmforms")))
    said = click.get_current_context().find_root().params
    return replace(
        found, store=said.get("store") or "", person=said.get("person") or "", purpose=said.get("purpose") or ""
    )


_COLOURS = {Severity.ERROR: "red", Severity.REVIEW: "yellow", Severity.NOTE: "cyan"}


def tell(findings: Iterable[Finding]) -> None:
    """Write findings to stderr, a line each, coloured by weight on a terminal."""
    for finding in findings:
        click.echo(click.style(str(finding), fg=_COLOURS[finding.severity]), err=True)


def show_json(data: Any) -> None:
    """Write one JSON value to stdout."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))
