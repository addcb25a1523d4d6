"""`cmforms cases`: case files, the clerk's workbook and the stored records."""

from __future__ import annotations

from pathlib import Path

import click

from cmforms.cli.settings import as_json_option, open_workspace, show_json, tell
from cmforms.errors import blocks


@click.group()
def cases() -> None:
    """Case files, the clerk's workbook and stored records."""


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
    """List the stored cases by id, with what stands about them."""
    from cmforms.workflow.cases import overview

    with open_workspace(folder).open_store() as store:
        rows = overview(store)
    if as_json:
        show_json(rows)
        return
    for row in rows:
        click.echo(f"{row['id']:<16}{row['school']:<8}{row['documents']:>3} issued {row['returned']:>3} returned")


@cases.command()
@click.argument("case_id", metavar="CASE")
@as_json_option
@click.pass_obj
def show(folder: Path | None, case_id: str, as_json: bool) -> None:
    """Show a stored case as it stands: its data with what returned documents added."""
    from cmforms.workflow.cases import current

    with open_workspace(folder).open_store() as store:
        data, findings = current(case_id, store)
    tell(findings)
    if as_json:
        show_json(data)
        return
    import yaml

    click.echo(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), nl=False)


@cases.command()
@click.argument("case_id", metavar="CASE")
@as_json_option
@click.pass_obj
def history(folder: Path | None, case_id: str, as_json: bool) -> None:
    """Show every value that documents brought to a case, when, and from where."""
    from cmforms.workflow.cases import story

    with open_workspace(folder).open_store() as store:
        rows = story(case_id, store)
    if as_json:
        show_json(rows)
        return
    for row in rows:
        click.echo(f"{row['at']}  {row['what']}")


@cases.command()
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False), metavar="OUT.xlsx|.jsonl")
@click.argument("case_ids", nargs=-1, metavar="[CASE]...")
@as_json_option
@click.pass_obj
def export(folder: Path | None, out: Path, case_ids: tuple[str, ...], as_json: bool) -> None:
    """Export stored cases to a workbook or JSON lines; both can be read back as they are."""
    from cmforms.workflow.cases import export_to

    with open_workspace(folder).open_store() as store:
        count = export_to(out, case_ids, store)
    if as_json:
        show_json({"written": str(out), "cases": count})
    click.echo(f"Wrote {count} cases to {out}.", err=True)
