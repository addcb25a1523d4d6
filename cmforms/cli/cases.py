"""`cmforms cases`: case files, the clerk's workbook and the stored records."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmforms.cli import keeping
from cmforms.cli.life import events, next_duty, record, state_lines
from cmforms.cli.settings import as_json_option, open_workspace, show_json, tell
from cmforms.errors import blocks

if TYPE_CHECKING:
    from cmforms.store import Store


@click.group()
def cases() -> None:
    """Case files, the clerk's workbook and stored records."""


for command in (events, record, *keeping.COMMANDS):
    cases.add_command(command)


@cases.command()
@as_json_option
def schema(as_json: bool) -> None:  # noqa: ARG001 - what it prints is JSON either way
    """Print the JSON Schema of a case file."""
    from cmforms.model import schema as case_schema

    show_json(case_schema())


@cases.command()
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False), metavar="OUT.xlsx")
@as_json_option
def template(out: Path, as_json: bool) -> None:
    """Make the clerk's starter workbook: a column per field, with help, lists and formats."""
    from cmforms.workflow.cases import write_starter

    write_starter(out)
    if as_json:
        show_json({"written": str(out)})
    click.echo(f"Wrote {out}. Fill in a row for each case, then run: cmforms fill {out} ...", err=True)


@cases.command("save")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@as_json_option
@click.pass_obj
def save_cases(folder: Path | None, sources: tuple[str, ...], as_json: bool) -> None:
    """Put cases from files or workbooks into the records."""
    from cmforms.workflow.cases import save_all

    workspace = open_workspace(folder)
    with workspace.open_store() as store:
        saved, findings = save_all(sources, store, workspace.library)
    if as_json:
        show_json({"saved": saved, "findings": [finding.as_json() for finding in findings]})
    tell(findings)
    click.echo(f"{len(saved)} cases saved.", err=True)
    if blocks(findings):
        raise SystemExit(1)


@cases.command("list")
@as_json_option
@click.pass_obj
def list_cases(folder: Path | None, as_json: bool) -> None:
    """List the stored cases by id: the state of each, what is to be done next, and its documents."""
    from cmforms.workflow.life import Casebook, overview

    workspace = open_workspace(folder)
    with workspace.open_store() as store:
        rows = overview(Casebook.open(workspace, store))
    if as_json:
        show_json(rows)
        return
    for row in rows:
        click.echo(
            f"{row['id']:<16}{row['school'] or '?':<8}{row['state'] or 'faulty':<18}"
            f"{row['documents']:>3} issued {row['returned']:>3} returned  {next_duty(row['next'])}"
        )


@cases.command()
@click.argument("case_id", metavar="CASE")
@click.option("--origins", is_flag=True, help="Each value with where it came from: edition, import, edit or document.")
@as_json_option
@click.pass_obj
def show(folder: Path | None, case_id: str, origins: bool, as_json: bool) -> None:
    """Show a stored case as it stands: its state, what is to be done, its data with what returned documents added."""
    from cmforms.workflow.cases import shown
    from cmforms.workflow.life import Casebook

    workspace = open_workspace(folder)
    with workspace.open_store() as store:
        if origins:
            _show_origins(case_id, store, as_json)
            return
        data, findings = shown(case_id, store)
        standing = Casebook.open(workspace, store).standing(case_id)
        edition = store.head(case_id)
    tell(findings)
    if edition:
        click.echo(f"Edition {edition.version}.", err=True)
    if as_json:
        show_json({**data, **standing.as_json()})
        return
    import yaml

    for line in state_lines(standing):
        click.echo(f"# {line}")

    click.echo(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), nl=False)


def _show_origins(case_id: str, store: Store, as_json: bool) -> None:
    from cmforms.workflow.origins import origins

    rows = origins(case_id, store)
    if as_json:
        show_json(rows)
        return
    for row in rows:
        said = ", ".join(f"{key} {value}" for key, value in row["origin"].items())
        click.echo(f"{row['path']} = {row['value']}  ({said})")


@cases.command()
@click.argument("case_id", metavar="CASE")
@as_json_option
@click.pass_obj
def history(folder: Path | None, case_id: str, as_json: bool) -> None:
    """Show what happened to a case, every value that documents brought, when, and from where; then its state."""
    from cmforms.workflow.cases import story
    from cmforms.workflow.life import Casebook

    workspace = open_workspace(folder)
    with workspace.open_store() as store:
        rows = story(case_id, store)
        standing = Casebook.open(workspace, store).standing(case_id)
    if as_json:
        show_json(rows)
        return
    for row in rows:
        click.echo(f"{row['at']}  {row['what']}")
    for line in state_lines(standing):
        click.echo(line)


@cases.command()
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False), metavar="OUT.xlsx|.jsonl|.zip")
@click.argument("case_ids", nargs=-1, metavar="[CASE]...")
@click.option("--everything", is_flag=True, help="All records with their history and log, for `cases restore`.")
@as_json_option
@click.pass_obj
def export(folder: Path | None, out: Path, case_ids: tuple[str, ...], everything: bool, as_json: bool) -> None:
    """Export stored cases to a workbook or JSON lines; both can be read back as they are.

    With --everything, OUT is .jsonl, .xlsx with a sheet for each table, or .zip with a CSV file for each.
    """
    from cmforms.workflow.cases import export_to
    from cmforms.workflow.keeping import export_everything

    if everything and case_ids:
        raise click.UsageError("--everything is of all cases.")
    with open_workspace(folder).open_store() as store:
        count = export_everything(store, out) if everything else export_to(out, case_ids, store)
    what = "rows" if everything else "cases"
    if as_json:
        show_json({"written": str(out), what: count})
    click.echo(f"Wrote {count:,} {what} to {out}.", err=True)
