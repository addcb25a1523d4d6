"""The root command, which loads a subcommand only when it is called for."""

from __future__ import annotations

import importlib
import json
import logging
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from cmforms import __version__
from cmforms.cli.settings import JSON, tell
from cmforms.errors import CmformsError, Finding, error

DEFECT = 70

COMMANDS = {
    "demo": ("cmforms.cli.demo:demo", "Run the whole loop on the samples into a folder."),
    "init": ("cmforms.cli.workspace:init", "Make a workspace for a school or office."),
    "fill": ("cmforms.cli.fill:fill", "Fill a form or a packet from case data."),
    "read": ("cmforms.cli.read:read", "Read returned documents back into records."),
    "import": ("cmforms.cli.importing:import_sheets", "Bring legacy spreadsheets into the records."),
    "check": ("cmforms.cli.check:check", "Say whether a packet is complete, and what is missing."),
    "forms": ("cmforms.cli.forms:forms", "List, show, build and check form definitions."),
    "due": ("cmforms.cli.life:due", "List who must do what by when."),
    "agenda": ("cmforms.cli.life:agenda", "Make the agenda of a DSPC meeting."),
    "cases": ("cmforms.cli.cases:cases", "Case files, the clerk's workbook and stored records."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they run, so that `--help` stays quick."""

    def __init__(self, *args: Any, lazy: dict[str, tuple[str, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lazy = lazy or {}

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Name the commands in the order of the loop."""
        return list(self.lazy)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        """Import the command."""
        if name not in self.lazy:
            return None
        module, _, attribute = self.lazy[name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the short texts, importing none."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.lazy.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; the one place where an error becomes output and an exit code."""
        logging.getLogger().addHandler(logging.NullHandler())  # a library's own words may quote a student's data
        try:
            return super().invoke(ctx)
        except CmformsError as trouble:
            report(trouble.findings, as_json=ctx.meta.get(JSON, False))
            ctx.exit(trouble.exit_code)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as trouble:
            if ctx.params.get("verbose"):
                raise
            report([_defect(trouble)], as_json=ctx.meta.get(JSON, False))
            ctx.exit(DEFECT)


def _defect(trouble: Exception) -> Finding:
    """Name the place of a mistake of ours; the exception's own text may hold a student's data, so it is left out."""
    trace = trouble.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
    return error(
        "defect", f"cmforms made a mistake ({type(trouble).__name__} in {place})",
        fix="Please report it; `cmforms --verbose ...` shows the trace, which may hold confidential data.",
    )


def report(findings: Iterable[Finding], *, as_json: bool) -> None:
    """Write findings to stderr, one a line; with `--json` also to stdout as one object."""
    told = list(findings)
    tell(told)
    if as_json:
        click.echo(json.dumps({"findings": [finding.as_json() for finding in told]}))


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="cmforms")
@click.option(
    "--workspace",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="CMFORMS_WORKSPACE",
    help="The workspace folder; else the one around the current folder, else your own.",
)
@click.option("--store", metavar="PATH|URL", envvar="CMFORMS_STORE", help="Other records, as postgresql://host/office.")
@click.option("--as", "person", metavar="NAME", envvar="CMFORMS_AS", help="Who works, for the log; else your account.")
@click.option("--purpose", metavar="WHY", envvar="CMFORMS_PURPOSE", help="Why you work with the records, for the log.")
@click.option("--verbose", is_flag=True, help="Show the trace of a defect; it may hold confidential data.")
@click.pass_context
def cli(ctx: click.Context, /, workspace: Path | None, **_others: object) -> None:
    """Fill, read back and check the documents of case management services.

    The loop: `fill` issues documents from cases, `read` brings returned ones back, `check` says what is missing.
    """
    ctx.obj = workspace


def _end(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def run() -> None:
    """Entry point of the `cmforms` script. Ending it by a signal takes down what it began, as Ctrl-C does."""
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _end)
    cli(prog_name="cmforms")
