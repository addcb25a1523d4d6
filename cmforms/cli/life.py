"""`cmforms due`, `cmforms agenda`, `cmforms cases record` and `cmforms cases events`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cmforms.cli.settings import as_json_option, open_workspace, show_json, tell
from cmforms.errors import blocks

if TYPE_CHECKING:
    from cmforms.life.duties import Duty
    from cmforms.workflow.agenda import Agenda
    from cmforms.workflow.life import Standing

DAY = click.DateTime(["%Y-%m-%d"])
today_option = click.option("--today", type=DAY, metavar="DATE", help="Look at the cases as of this day.")


def _day(moment: dt.datetime | None) -> dt.date | None:
    return moment.date() if moment else None


@click.command()
@click.option("--person", metavar="NAME", help="Only duties of somebody whose name or role holds this.")
@click.option("--school", metavar="NUMBER", help="Only duties about students of this school.")
@click.option("--until", type=DAY, metavar="DATE", help="Only duties due until this day.")
@click.option("--ics", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write a calendar file.")
@today_option
@as_json_option
@click.pass_obj
def due(
    folder: Path | None, person: str | None, school: str | None, until: dt.datetime | None, ics: Path | None,
    today: dt.datetime | None, as_json: bool,
) -> None:  # fmt: skip
    """List who must do what by when, about all stored cases.

    Calendar programs take the calendar file; it names cases by their ids, no student.
    """
    from cmforms.workflow import life

    workspace = open_workspace(folder)
    with workspace.open_store() as store:
        casebook = life.Casebook.open(workspace, store, _day(today))
        found, findings = life.due(casebook, life.Wanted(person, school, _day(until)))
        if ics:
            click.echo(f"Wrote {life.write_calendar(ics, found, store)} duties to {ics}.", err=True)
    if as_json:
        show_json({"duties": [duty.as_json() for duty in found], "findings": [said.as_json() for said in findings]})
    else:
        for duty in found:
            _print(duty, casebook.policy.today)
    tell(findings)
    raise SystemExit(1 if blocks(findings) else 0)


def _print(duty: Duty, today: dt.date) -> None:
    late = duty.is_overdue(today)
    day = duty.due.isoformat() if duty.due else "no day yet"
    who = f"{duty.role}{f', {duty.person}' if duty.person else ''}, school {duty.school}"
    click.secho(f"{day:<12}{duty.case:<16}{'overdue: ' if late else ''}{duty.title}", fg="red" if late else None)
    click.echo(f"{'':<28}{who}  [{', '.join(f'CMS {cite}' for cite in duty.cites)}]")
    click.echo(f"{'':<28}$ {duty.done}")


def next_duty(duty: Mapping[str, Any] | None) -> str:
    """Return a duty in a line: the day, and what is to be done."""
    return f"{duty['due'] or 'no day yet'}: {duty['title']}" if duty else "nothing to do"


def state_lines(standing: Standing) -> Iterator[str]:
    """Yield the state of a case by its policy rows, and every duty, the first due first."""
    state = standing.situation.state
    yield f"state: {state.id} ({state.title}) [{', '.join(f'CMS {cite}' for cite in state.cites)}]"
    for duty in standing.duties:
        yield f"to do by {next_duty(duty.as_json())}"


@click.command()
@click.argument("wednesday", type=DAY, required=False, metavar="[WEDNESDAY]")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Fill the agenda form.")
@click.option(
    "--format", "file_format", type=click.Choice(["pdf", "docx"]), default="pdf", show_default=True,
    help="In which format the form is filled.",
)  # fmt: skip
@today_option
@as_json_option
@click.pass_obj
def agenda(
    folder: Path | None, wednesday: dt.datetime | None, out: Path | None, file_format: str,
    today: dt.datetime | None, as_json: bool,
) -> None:  # fmt: skip
    """Make the agenda of a DSPC meeting, of the next one when no Wednesday is given.

    Each case is listed with what the school brings along. DSPC meets every Wednesday that is no holiday.
    """
    from cmforms.workflow import agenda as agendas
    from cmforms.workflow.life import Casebook

    workspace = open_workspace(folder)
    with workspace.open_store() as store:
        casebook = Casebook.open(workspace, store, _day(today))
        made = agendas.agenda(casebook, _day(wednesday))
        outcomes = agendas.make_document(casebook, made, out, file_format) if out and made.items else ()
    findings = [*made.findings, *(said for outcome in outcomes for said in outcome.findings)]
    if as_json:
        show_json({**made.as_json(), "documents": [outcome.path for outcome in outcomes if outcome.path]})
    else:
        _print_agenda(made)
    if out and not made.items:
        click.echo("No case is on that agenda, so no document was made.", err=True)
    for outcome in outcomes:
        click.echo(f"Wrote {out}/{outcome.path}." if outcome.path else "The agenda was not made.", err=True)
    tell(findings)
    raise SystemExit(1 if blocks(findings) else 0)


def _print_agenda(made: Agenda) -> None:
    click.secho(f"DSPC meeting of Wednesday, {made.day.isoformat()}, cases to present: {len(made.items)}", bold=True)
    for number, item in enumerate(made.items, 1):
        line = item.as_json()
        click.echo(f"\n{number}. {line['case']}, school {line['school']}, {line['basis'].replace('_', ' ')}")
        click.echo(f"   presented by {' and '.join(line['presented_by']) or 'nobody yet'}")
        for thing in line["bring_along"]:
            click.echo(f"   {thing['text']}")
    if made.waiting:
        click.echo(f"\nSent, and on no agenda yet: {', '.join(made.waiting)}")


@click.command(epilog="`cmforms cases events` lists the events with their fields. Exit 1: refused, nothing changed.")
@click.argument("case_id", metavar="CASE")
@click.argument("event")
@click.argument("fields", nargs=-1, metavar="[FIELD=VALUE]...")
@click.option("--on", type=DAY, metavar="DATE", help="The day on which it happened; else today.")
@today_option
@as_json_option
@click.pass_obj
def record(
    folder: Path | None, case_id: str, event: str, fields: tuple[str, ...], on: dt.datetime | None,
    today: dt.datetime | None, as_json: bool,
) -> None:  # fmt: skip
    """Record that something happened to a stored case.

    What the policy does not allow now is refused, with what is missing; nothing is changed then.
    """
    from cmforms.workflow.life import Casebook
    from cmforms.workflow.recording import Told, record

    workspace = open_workspace(folder)
    with workspace.open_store() as store:
        casebook = Casebook.open(workspace, store, _day(today))
        told = Told(case_id, event, _fields(fields), _day(on) or casebook.policy.today)
        done = record(casebook, told)
        duties = casebook.standing(case_id).duties
    if as_json:
        show_json({
            "case": case_id, "event": event, "before": done.before, "after": done.after,
            "recorded": not done.findings, "findings": [finding.as_json() for finding in done.findings],
            "duties": [duty.as_json() for duty in duties],
        })  # fmt: skip
    tell(done.findings)
    if done.findings:
        raise SystemExit(1)
    click.echo(f"Recorded. The case is {done.after!r}.", err=True)
    if duties and not as_json:
        _print(duties[0], casebook.policy.today)


def _fields(words: tuple[str, ...]) -> dict[str, str]:
    for word in words:
        if "=" not in word:
            raise click.UsageError(f"{word!r} is no field; write it as name=value.")
    return dict(word.split("=", 1) for word in words)


@click.command()
@click.argument("event", required=False)
@as_json_option
@click.pass_obj
def events(folder: Path | None, event: str | None, as_json: bool) -> None:
    """List what can happen to a case, in which states, and the fields of each event."""
    from cmforms.workflow.recording import described

    life = open_workspace(folder).library.life
    chosen = [life.event(event)] if event else life.events
    if as_json:
        show_json([entry.model_dump(mode="json") | {"fields": dict(described(entry))} for entry in chosen])
        return
    for entry in chosen:
        click.secho(f"{entry.id}  [{', '.join(f'CMS {cite}' for cite in entry.cites)}]", bold=True)
        click.echo(f"  {entry.title}")
        click.echo(f"  possible when: {', '.join(entry.states)}")
        for name, text in described(entry):
            click.echo(f"    {name}=  {text}")
