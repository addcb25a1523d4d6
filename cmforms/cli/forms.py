"""`cmforms forms`: the definitions and templates of a district."""

from __future__ import annotations

from pathlib import Path

import click

from cmforms.cli.settings import as_json_option, open_workspace, show_json, tell
from cmforms.errors import Severity, blocks


@click.group()
def forms() -> None:
    """List, show, build, check and adopt form definitions."""


@forms.command("list")
@as_json_option
@click.pass_obj
def list_forms(folder: Path | None, as_json: bool) -> None:
    """List the forms: id, form number, revision, languages, title."""
    library = open_workspace(folder).library
    rows = [
        {"id": form.id, "number": form.number, "revision": form.revision,
         "languages": list(form.languages), "title": form.text(form.title, "en")}
        for form in library.forms()
    ]  # fmt: skip
    if as_json:
        show_json(rows)
        return
    for row in rows:
        number, languages = row["number"] or "-", ",".join(row["languages"] or ())
        click.echo(f"{row['id']:<24}{number:<9}{row['revision']:<9}{languages:<7}{row['title']}")


@forms.command()
@click.argument("form_id", metavar="FORM")
@as_json_option
@click.pass_obj
def show(folder: Path | None, form_id: str, as_json: bool) -> None:
    """Show one form: its fields, who fills each, from where, and by which rule."""
    form = open_workspace(folder).library.form(form_id)
    if as_json:
        show_json(form.model_dump(mode="json", exclude_defaults=True))
        return
    click.echo(f"{form.id}  {form.text(form.title, 'en')}  ({form.number or 'no number'}, {form.revision})")
    for name, spec in form.fields.items():
        click.echo(f"  {name:<34}{spec.type.value:<10}{spec.by.value:<14}{spec.bind or ''}")
    for name, group in form.groups.items():
        click.echo(f"  {name}: a row for each of {group.each}")
        for spec in group.fields:
            click.echo(f"    {spec.name:<32}{spec.type.value:<10}{spec.by.value:<14}{spec.bind or ''}")


@forms.command()
@as_json_option
@click.pass_obj
def check(folder: Path | None, as_json: bool) -> None:
    """Check every form, packet, rule and template; report every fault at once with its path."""
    from cmforms.workflow.templates import check_all

    findings = check_all(open_workspace(folder).library)
    if as_json:
        show_json({"findings": [finding.as_json() for finding in findings]})
    tell(findings)
    click.echo("No fault found." if not findings else f"{len(findings)} findings.", err=True)
    if blocks(findings):
        raise SystemExit(1)


@forms.command()
@click.argument("form_ids", nargs=-1, metavar="[FORM]...")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False),
    help="The folder to write to; else the templates folder beside the definitions.",
)
@as_json_option
@click.pass_obj
def build(folder: Path | None, form_ids: tuple[str, ...], out: Path | None, as_json: bool) -> None:
    """Build the PDF and Word templates from the definitions (needs the extra `build`)."""
    from cmforms.workflow.templates import build_all

    library = open_workspace(folder).library
    made = []
    for path in build_all(library, form_ids or tuple(library.form_ids), out):
        made.append(str(path))
        click.echo(path.name, err=True)
    if as_json:
        show_json({"built": made})


@forms.command(epilog="Exit 0: adopted. 1: adopted, and something of the old edition needs a look. 2: cannot be used.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--id", "form_id", metavar="ID", help="The id of the form; else the file's name.")
@click.option("--lang", default="en", show_default=True, metavar="CODE", help="The language of the form.")
@click.option("--from", "old_id", metavar="ID", help="Carry bindings over from the edition before.")
@as_json_option
@click.pass_obj
def adopt(
    folder: Path | None, file: Path, form_id: str | None, lang: str, old_id: str | None, as_json: bool
) -> None:
    """Take an official form as it is: write a definition to complete, and its template."""
    from cmforms.workflow.adopting import adopt as adopt_form

    made = adopt_form(open_workspace(folder).library, file, form_id, lang, old_id)
    tell(made.findings)
    click.echo(f"{made.fields} fields, {made.suggested} with a suggested binding: {made.paths[0]}", err=True)
    if as_json:
        show_json({
            "form": made.form, "fields": made.fields, "suggested": made.suggested,
            "definition": str(made.paths[0]), "template": str(made.paths[1]),
            "findings": [finding.as_json() for finding in made.findings],
        })
    if any(finding.severity is Severity.REVIEW for finding in made.findings):
        raise SystemExit(1)
