"""`cmforms cases verify|set|batches|undo|disclosures|backup|restore|hold|release|retention`: keeping the records."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path

import click

from cmforms.cli.settings import as_json_option, open_workspace, show_json, tell
from cmforms.errors import Finding, blocks


@click.command(epilog="Exit 0: whole. 1: tampered with.")
@click.option("--head", metavar="NUMBER:HASH", default="", help="The log's end as you noted it; else the workspace's.")
@as_json_option
@click.pass_obj
def verify(folder: Path | None, head: str, as_json: bool) -> None:
    """Prove that the records and their log are as cmforms left them; say where not."""
    from cmforms.workflow import keeping

    workspace = open_workspace(folder)
    with workspace.open_store() as store:
        findings, now = keeping.verify(workspace, store, head)
    _end(findings, as_json, {"events": now.seq, "head": f"{now.seq}:{now.hash}"})
    click.echo(f"Whole: {now.seq:,} events. To prove later that none was cut off, note: {now.seq}:{now.hash}", err=True)


@click.command("set")
@click.argument("case_id", metavar="CASE")
@click.argument("words", nargs=-1, required=True, metavar="PATH=VALUE...")
@click.option("--read-version", "read", type=int, required=True, help="The edition that you saw: `cases show` says it.")
@as_json_option
@click.pass_obj
def set_values(folder: Path | None, case_id: str, words: tuple[str, ...], read: int, as_json: bool) -> None:
    """Change values of a stored case, as student.grade=09; an empty VALUE removes one.

    Refused when somebody saved another edition after the one that you looked at; both are shown then.
    """
    from cmforms.workflow.editing import changes_of, set_values

    with open_workspace(folder).open_store() as store:
        version = set_values(store, case_id, changes_of(words), read)
    if as_json:
        show_json({"case": case_id, "version": version})
    click.echo(f"{case_id} is at edition {version}.", err=True)


@click.command()
@as_json_option
@click.pass_obj
def batches(folder: Path | None, as_json: bool) -> None:
    """List the imports, oldest first."""
    with open_workspace(folder).open_store() as store:
        rows = store.batches()
    if as_json:
        show_json([
            {"id": row.id, "source": row.source, "cases": row.cases, "at": row.at.isoformat(timespec="seconds"),
             "by": row.actor, "undone": row.undone_at is not None} for row in rows
        ])  # fmt: skip
        return
    for row in rows:
        end = "  undone" if row.undone_at else ""
        click.echo(f"{row.id:>5}  {row.at:%Y-%m-%d %H:%M}  {row.cases:>7,} cases  {row.source}  by {row.actor}{end}")


@click.command(epilog="Exit 0: undone. 1: somebody has worked on a case since; nothing was undone.")
@click.argument("batch", type=int, metavar="BATCH")
@click.option("--keep-changed", is_flag=True, help="Leave cases as they are that somebody has worked on since.")
@as_json_option
@click.pass_obj
def undo(folder: Path | None, batch: int, keep_changed: bool, as_json: bool) -> None:
    """Take an import back: its new cases go, those that it changed get their earlier edition again."""
    with open_workspace(folder).open_store() as store:
        findings = store.undo_batch(batch, keep_changed)
    _end(findings, as_json, {"undone": batch})
    click.echo(f"Import {batch} was undone.", err=True)


@click.command()
@click.argument("case_id", metavar="[CASE]", required=False)
@as_json_option
@click.pass_obj
def disclosures(folder: Path | None, case_id: str | None, as_json: bool) -> None:
    """List who saw, exported or printed records, when and why (FERPA, 34 CFR 99.32); of one case, or of all."""
    with open_workspace(folder).open_store() as store:
        rows = [
            {"at": event.at.isoformat(timespec="seconds"), "who": event.actor, "what": event.kind,
             "case": event.case, "purpose": event.purpose} for event in store.disclosures(case_id)
        ]  # fmt: skip
    if as_json:
        show_json(rows)
        return
    for row in rows:
        click.echo(f"{row['at']}  {row['what']:<9}{row['case'] or 'all cases':<16}{row['who']}: {row['purpose']}")


@click.command()
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False), metavar="OUT.sqlite")
@as_json_option
@click.pass_obj
def backup(folder: Path | None, out: Path, as_json: bool) -> None:
    """Copy the records to a file while others work. It holds students' data: keep it as safe as the records."""
    from cmforms.workflow import keeping

    with open_workspace(folder).open_store() as store:
        keeping.back_up(store, out)
    _written(out, as_json)


@click.command()
@click.argument("source", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
@as_json_option
@click.pass_obj
def restore(folder: Path | None, source: Path, as_json: bool) -> None:
    """Take a backup or a full export into an empty workspace that has the key of the old one."""
    from cmforms.workflow import keeping

    workspace = open_workspace(folder)
    with workspace.open_store() as store:
        keeping.restore(workspace, store, source)
        count = len(store.cases())
    if as_json:
        show_json({"restored": str(source), "cases": count})
    click.echo(f"Restored {count:,} cases, with everything about them; all of it is whole.", err=True)


@click.command()
@click.argument("case_ids", nargs=-1, required=True, metavar="CASE...")
@click.option("--reason", required=True, help="The number of the matter; it stays in the log, so no names.")
@as_json_option
@click.pass_obj
def hold(folder: Path | None, case_ids: tuple[str, ...], reason: str, as_json: bool) -> None:
    """Put cases under legal hold: they are not destroyed, whatever their age."""
    with open_workspace(folder).open_store() as store:
        store.hold(case_ids, reason)
    if as_json:
        show_json({"held": case_ids, "reason": reason})
    click.echo(f"{len(case_ids)} under hold.", err=True)


@click.command()
@click.argument("case_ids", nargs=-1, required=True, metavar="CASE...")
@as_json_option
@click.pass_obj
def release(folder: Path | None, case_ids: tuple[str, ...], as_json: bool) -> None:
    """End the legal hold of cases."""
    with open_workspace(folder).open_store() as store:
        store.release(case_ids)
    if as_json:
        show_json({"released": case_ids})
    click.echo(f"{len(case_ids)} released.", err=True)


@click.command()
@click.option("--years", type=click.IntRange(0), help="Kept so long after the end; else as cmforms.toml says.")
@click.option("--destroy", is_flag=True, help="Destroy the records of those that are not under hold, for good.")
@click.option("--yes", is_flag=True, help="Do not ask again.")
@as_json_option
@click.pass_obj
def retention(folder: Path | None, years: int | None, destroy: bool, yes: bool, as_json: bool) -> None:
    """List the cases that have been kept long enough after their refusal or discontinuation."""
    from cmforms.workflow import keeping

    workspace = open_workspace(folder)
    with workspace.open_store() as store:
        due = keeping.due(workspace, store, years, dt.date.today())
        for case in due:
            note = f"  held: {case.held}" if case.held is not None else ""
            click.echo(f"{case.case:<16}ended {case.closed_on}, due since {case.due_on}{note}", err=as_json)
        if destroy and due and (yes or click.confirm("Destroy all records of these cases for good?", err=True)):
            _end(keeping.destroy(store, due), False, {})
            click.echo("Destroyed; backups and exports made before still hold them.", err=True)
    if as_json:
        show_json([{**asdict(case), "closed_on": str(case.closed_on), "due_on": str(case.due_on)} for case in due])


def _end(findings: list[Finding], as_json: bool, said: dict[str, object]) -> None:
    """Tell findings, and end with 1 where one blocks."""
    tell(findings)
    if as_json:
        show_json({**said, "findings": [finding.as_json() for finding in findings]})
    if blocks(findings):
        raise SystemExit(1)


def _written(out: Path, as_json: bool) -> None:
    if as_json:
        show_json({"written": str(out)})
    click.echo(f"Wrote {out}.", err=True)


COMMANDS = (verify, set_values, batches, undo, disclosures, backup, restore, hold, release, retention)
