"""PDF/UA-1: every template, blank and filled, passes veraPDF, and a screen reader meets the fields as defined."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from cmforms.definitions.library import Library
from cmforms.definitions.schema import FieldSpec, Form, Group
from cmforms.fill.pdf import fill_pdf
from cmforms.issue.identity import identify
from cmforms.values.documents import Bound
from cmforms.values.kinds import Kind, Value
from cmforms.values.phrases import phrases
from tests.conftest import ROOT

BLANKS = sorted((ROOT / "templates").glob("*.pdf"))
LONG = "Attends every class and asks for help when it is needed, day after day. " * 60
SAMPLES: Mapping[Kind, Value] = {
    Kind.TEXT: "Ànn Egzanp Ёж أحمد 王", Kind.LONGTEXT: LONG, Kind.DATE: dt.date(2026, 9, 3),
    Kind.TIME: dt.time(9, 30), Kind.PHONE: "(850) 555-0199", Kind.INTEGER: 7, Kind.DECIMAL: 91.5, Kind.CHECK: True,
}
COPIES = 2
needs_verapdf = pytest.mark.skipif(
    not (shutil.which("java") and shutil.which("mvn")), reason="veraPDF needs Java and Maven, and one is not here"
)
Names = list[tuple[str, str]]


def _value(spec: FieldSpec) -> Value:
    return spec.options[0].value if spec.options else SAMPLES.get(spec.type)


def _rows(group: Group) -> int:
    """Return one row more than one continuation page holds."""
    return group.rows + group.more_rows + 1


def _values(form: Form) -> dict[str, Value]:
    """Return a value for each field that the toolkit may fill, too long for its box where it is long."""
    values = {name: _value(spec) for name, spec in form.fields.items()}
    for group in form.groups.values():
        for row in range(_rows(group)):
            values |= {f"{group.name}[{row}].{spec.name}": _value(spec) for spec in group.fields}
    texts = [name for name, spec in form.fields.items() if spec.type is Kind.TEXT and not spec.options]
    return {name: value for name, value in values.items() if value is not None} | {texts[-1]: LONG}


def _fill(library: Library, blank: Path, out: Path) -> Path:
    form, lang = _edition(library, blank)
    values = _values(form)
    bound = Bound(values, {group.name: _rows(group) for group in form.groups.values()})
    identity = identify(form, lang, "CM-1", None, values, b"a key for tests", True)
    filled = fill_pdf(blank, form, bound, identity, lang=lang, draft=True)
    pages = [*(f"more:{name}" for name in form.groups for _ in range(COPIES)), "addendum"]
    assert set(pages) <= set(filled.pages)
    (out / blank.name).write_bytes(filled.data)
    return out / blank.name


def _edition(library: Library, blank: Path) -> tuple[Form, str]:
    form, lang, _ = blank.name.split(".")
    return library.form(form), lang


@needs_verapdf
def test_all_documents_pass_verapdf(library: Library, tmp_path: Path) -> None:
    documents = [*BLANKS, *(_fill(library, blank, tmp_path) for blank in BLANKS)]
    done = subprocess.run([ROOT / "tools" / "verapdf", *documents], capture_output=True, text=True, check=False)
    passed = {line for line in done.stdout.splitlines() if line.startswith("PASS")}
    assert passed == {f"PASS {document} ua1" for document in documents}, done.stdout + done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize("blank", BLANKS, ids=lambda path: path.stem)
def test_a_screen_reader_meets_the_fields_as_defined(blank: Path, library: Library, tmp_path: Path) -> None:
    form, lang = _edition(library, blank)
    with pikepdf.open(_fill(library, blank, tmp_path)) as pdf:
        roles = [str(page.obj.PieceInfo.cmforms.Private.Role)[1:] for page in pdf.pages]
        assert list(_met(pdf.Root.StructTreeRoot.K[0])) == _defined(form, lang, roles)
        assert (str(pdf.Root.Lang), pdf.Root.ViewerPreferences.DisplayDocTitle) == (lang, True)
        assert str(pdf.docinfo.Title) == form.title[lang]
        assert {str(page.obj.Tabs) for page in pdf.pages} == {"/S"}


def _met(element: Any) -> Iterator[tuple[str, str]]:
    """Yield the address and the spoken name of each widget in the order of the structure tree."""
    for kid in element.K:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield from _met(kid)
        elif isinstance(kid, pikepdf.Dictionary) and "/Obj" in kid:
            holder = kid.Obj if "/T" in kid.Obj else kid.Obj.Parent
            yield str(holder.T).replace("/", "."), str(kid.Obj.TU)


def _defined(form: Form, lang: str, roles: list[str]) -> Names:
    """Return the same from the definition alone."""
    names: Names = []
    for section in form.sections:
        for block in section.blocks:
            for spec in [*(block.fields or ()), *(s for sign in block.signatures or () for s in sign.fields)]:
                names += _named(spec, spec.name, form.text(spec.label, lang), lang)
            names += _group(form, block.group, range(block.group.rows), lang) if block.group else []
    for number, role in enumerate(roles, 1):
        names += _optional(form, lang, role, number, roles[: number - 1].count(role))
    return names


def _optional(form: Form, lang: str, role: str, number: int, copy: int) -> Names:
    if role == "main":
        return []
    specs = [form.fields[name] for name in form.identify]
    head = [name for spec in specs for name in _named(spec, f"{spec.name}@{number}", form.text(spec.label, lang), lang)]
    if role == "addendum":
        return [*head, (f"addendum[{copy}]", phrases(lang).addendum)]
    group = form.groups[role.removeprefix("more:")]
    first = group.rows + copy * group.more_rows
    return head + _group(form, group, range(first, first + group.more_rows), lang)


def _group(form: Form, group: Group, rows: range, lang: str) -> Names:
    cell = phrases(lang).cell
    return [
        name
        for row in rows
        for spec in group.fields
        for name in _named(
            spec, f"{group.name}[{row}].{spec.name}", cell.format(label=form.text(spec.label, lang), row=row + 1), lang
        )
    ]


def _named(spec: FieldSpec, address: str, label: str, lang: str) -> Names:
    """Return one name for a field, or one for each of its boxes."""
    if spec.boxes and spec.options:
        return [(address, f"{label}: {option}") for option in spec.labels(lang).values()]
    return [(address, label)]
