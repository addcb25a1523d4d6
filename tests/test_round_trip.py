"""The promise of the toolkit: what was filled is what is read, for every case, form, language and format."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cmforms.model import Case
from cmforms.sources import read_cases
from cmforms.store import Store
from cmforms.workflow.filling import Filler, Order, Outcome
from cmforms.workflow.reading import read
from cmforms.workflow.verifying import compared
from cmforms.workflow.viewer import flatten
from cmforms.workflow.workspace import Workspace
from tests.conftest import ROOT

CASES = sorted((ROOT / "samples" / "cases").glob("*.yaml"))
LANGUAGES = ("en", "es", "ht")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace.init(tmp_path_factory.mktemp("office") / "office")


@pytest.fixture(scope="module")
def store(workspace: Workspace) -> Iterator[Store]:
    with workspace.open_store() as opened:
        yield opened


def _fill(case: Case, out: Path, workspace: Workspace, store: Store, format_: str) -> list[Outcome]:
    """Fill every form that applies, in every language it is made in."""
    made = []
    for lang in LANGUAGES:
        forms = tuple(form.id for form in workspace.library.forms() if lang in form.languages)
        order = Order(out / lang, forms, format_, lang)
        made += list(Filler(workspace, store, order).run([case]))
    return [outcome for outcome in made if outcome.status == "filled"]


def _as_it_is(path: Path, _out: Path) -> Path:
    return path


def _reprinted(path: Path, out: Path) -> Path:
    """Print to PDF through Cairo, which writes every page anew."""
    subprocess.run(["pdftocairo", "-pdf", path, out], check=True)
    return out


@pytest.mark.parametrize("how", [_as_it_is, flatten, _reprinted], ids=["form", "flattened", "reprinted"])
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_pdf(
    path: Path, how: Callable[[Path, Path], Path], tmp_path: Path, workspace: Workspace, store: Store
) -> None:
    _compare(path, "pdf", how, tmp_path, workspace, store)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_docx(path: Path, tmp_path: Path, workspace: Workspace, store: Store) -> None:
    _compare(path, "docx", _as_it_is, tmp_path, workspace, store)


def _compare(
    path: Path, format_: str, how: Callable[[Path, Path], Path], out: Path, workspace: Workspace, store: Store
) -> None:
    [sourced] = read_cases([path]).cases
    outcomes = _fill(sourced.case, out, workspace, store, format_)
    assert outcomes
    for outcome in outcomes:
        document = next(out.glob(f"*/{outcome.path}"))
        returned = how(document, out / "returned.pdf")
        [reading] = read(workspace, store, [returned])
        assert (reading.issue, reading.form) == (outcome.issue, outcome.form)
        issued = store.issued(str(outcome.issue))
        assert issued is not None
        held = compared(reading, issued.values)
        assert held.findings == (), outcome.path
        assert held.equal >= len(issued.values) > 0
