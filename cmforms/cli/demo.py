"""`cmforms demo`."""

from __future__ import annotations

from pathlib import Path

import click

from cmforms.cli.settings import as_json_option, show_json, tell


@click.command(epilog="Exit 0 only if every stage did its work.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("demo"), show_default=True,
    help="The folder to write to.",
)
@as_json_option
def demo(out: Path, as_json: bool) -> None:
    """Run the whole loop on the invented sample cases, showing each stage."""
    from cmforms.workflow.demo import COMPLETE_CASE, run

    steps = []
    for step in run(out):
        steps.append(step)
        mark = click.style("✘", fg="red") if step.findings else click.style("✔", fg="green")
        click.echo(f"{mark} {step.title}: {step.said}.", err=as_json)
        tell(step.findings)
    if as_json:
        show_json([{"stage": step.title, "did": step.said, "ok": not step.findings} for step in steps])
    click.echo(f"\nOpen next: {out / 'documents' / COMPLETE_CASE}", err=as_json)
    click.echo(f"Then try: cmforms --workspace {out / 'office'} check {COMPLETE_CASE} --packet expulsion", err=as_json)
    if any(step.findings for step in steps):
        raise SystemExit(1)
