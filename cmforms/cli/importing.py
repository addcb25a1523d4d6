"""`cmforms import`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmforms.cli.settings import as_json_option, open_workspace, tell

if TYPE_CHECKING:
    from cmforms.definitions.library import Library
    from cmforms.errors import Finding
    from cmforms.workflow.entering import Report
    from cmforms.workflow.proposing import Proposal


@click.command("import", epilog="Exit 0: all rows are in. 1: something waits for you. 2: a file cannot be used.")
@click.argument("sheets", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="SHEET...")
@click.option(
    "--profile",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="How the columns map, as confirmed before; made when there is none yet.",
)
@click.option("--dry-run", is_flag=True, help="Show everything, store nothing.")
@click.option(
    "--rejects",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="OUT.xlsx",
    help="Your own workbook with the faulty cells marked.",
)
@click.option("--yes", is_flag=True, help="Take the mapping as it is shown; questions still stop the import.")
@as_json_option
@click.pass_obj
def import_sheets(
    folder: Path | None,
    sheets: tuple[Path, ...],
    profile: Path | None,
    dry_run: bool,
    rejects: Path | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Bring legacy spreadsheets into the records: XLSX, XLS, XLSB, ODS, CSV, TSV.

    A folder stands for the sheets in it, such as a face sheet for each student. Shows how each column maps, and why,
    before anything is stored. Rows that are right go in, the others wait.
    """
    from cmforms.workflow.entering import Report
    from cmforms.workflow.importing import Job, run, write_rejects_of
    from cmforms.workflow.proposing import files_of

    files = files_of(sheets)
    if rejects and len(files) > 1:
        raise click.UsageError("--rejects goes with one sheet at a time.")
    workspace = open_workspace(folder)
    worst = 0
    for sheet in files:
        proposal = _decided(sheet, workspace.library, profile)
        if not as_json:
            _show(proposal)
        told = list(proposal.findings)
        tell(told)
        job, report = Job(proposal, workspace.library, dry_run, rejects is not None), Report()
        agreed = proposal.ready and (dry_run or yes or _agreed(profile))
        if agreed:
            with workspace.open_store() as store:
                for finding in run(job, store, report):
                    tell([finding])
                    if as_json:
                        told.append(finding)
        if profile and not dry_run:
            _keep(proposal, profile)
        if rejects and report.rejects:
            write_rejects_of(job, report, rejects)
            click.echo(f"Wrote {rejects}: correct the marked cells and import it with the same profile.", err=True)
        worst = max(worst, int(not agreed or report.waiting > 0))
        _sum_up(report, sheet, agreed, dry_run)
        if as_json:
            click.echo(json.dumps(_as_json(proposal, report, told, agreed and not dry_run), ensure_ascii=False))
    raise SystemExit(worst)


def _decided(sheet: Path, library: Library, profile: Path | None) -> Proposal:
    from cmforms.workflow.proposing import answered, load_profile, propose

    said = load_profile(profile) if profile and profile.exists() else None
    proposal = propose(sheet, library, said)
    while _on_terminal() and (asked := proposal.open_question()):
        plan, question = asked
        _show(proposal)
        choice = click.prompt(question.asks, type=click.Choice(question.choices), err=True)
        proposal = propose(sheet, library, answered(proposal, plan.sheet.name, question, choice))
    return proposal


def _on_terminal() -> bool:
    return sys.stdin.isatty()


def _agreed(profile: Path | None) -> bool:
    if profile and profile.exists():
        return True
    if _on_terminal():
        return click.confirm("Import by this mapping?", err=True)
    click.echo("Nothing is stored: look at the mapping, then run the same with --yes or --profile.", err=True)
    return False


def _keep(proposal: Proposal, profile: Path) -> None:
    from cmforms.workflow.proposing import keep_profile

    if keep_profile(proposal, profile):
        click.echo(f"Wrote {profile}: the mapping, to be used again.", err=True)


def _show(proposal: Proposal) -> None:
    for plan in proposal.plans:
        rows = ", ".join(map(str, plan.header.rows)) or "none"
        click.secho(f"{plan.sheet.name or proposal.path.name} (headers: row {rows})", bold=True)
        for column in plan.columns:
            click.echo(f"  {column.header[:34]:<36}{', '.join(column.rule.to):<32}  {column.reason}")
        for path, value in plan.rule.fill.items():
            click.echo(f"  {'(every row)':<36}{path:<32}  {value}")


def _sum_up(report: Report, sheet: Path, agreed: bool, dry_run: bool) -> None:
    if not agreed:
        return
    verb = "would be " if dry_run else ""
    batch = f" Import {report.batch}." if report.batch else ""
    disputed = f", in {report.disputed:,} list and records disagree" if report.disputed else ""
    click.echo(
        f"{sheet.name}: {report.begun:,} cases {verb}begun, {report.changed:,} {verb}changed, "
        f"{report.same:,} as they were{disputed}, {report.waiting:,} rows wait.{batch}",
        err=True,
    )


def _as_json(proposal: Proposal, report: Report, told: list[Finding], stored: bool) -> dict[str, object]:
    return {
        "source": str(proposal.path),
        "sha256": proposal.sha256,
        "stored": stored,
        "batch": report.batch,
        "begun": report.begun,
        "changed": report.changed,
        "same": report.same,
        "disputed": report.disputed,
        "waiting": report.waiting,
        "sheets": {
            plan.sheet.name or "table": {
                "header_rows": list(plan.header.rows),
                "columns": {c.key: {"to": list(c.rule.to), "reason": c.reason} for c in plan.columns},
            }
            for plan in proposal.plans
        },
        "findings": [finding.as_json() for finding in told],
    }
