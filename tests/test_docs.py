"""What the docs show is what happens: every command in them is run, every link leads somewhere."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from cmforms.cli.main import COMMANDS, cli
from tests.conftest import ROOT
from tests.official_forms import one_of_each

PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])
_CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
MAY_FIND_GAPS = {"check", "import"}
OFFICIAL = ("Request for Services.pdf", "Request for Services 2027.pdf")


def commands(page: Path) -> list[str]:
    """Return the `$ cmforms ...` lines of a page, in order."""
    blocks = _CONSOLE.findall(page.read_text(encoding="utf-8"))
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=lambda page: page.stem)
def test_commands_of_the_page_do_what_it_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    for edition in OFFICIAL:
        (tmp_path / edition).write_bytes(one_of_each().data())
    monkeypatch.chdir(tmp_path)
    for command in commands(page):
        program, *words = shlex.split(command)
        if program == "cp":
            shutil.copy(*words)
            continue
        assert program == "cmforms"
        done = CliRunner().invoke(cli, words)
        allowed = {0, 1} if MAY_FIND_GAPS & set(words) else {0}
        assert done.exit_code in allowed, f"{command}\n{done.output}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_command_is_in_the_docs() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    named = set(re.findall(r"cmforms (?:--workspace \S+ )?([a-z]+)", text))
    assert set(COMMANDS) - named == set()


def test_wheel_holds_all_that_a_user_needs(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(pip, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    start = "import sys; sys.path.insert(0, 'site'); from cmforms.cli.main import run; run()"
    words = ["--workspace", "office", "fill", "site/cmforms/data/samples/cases/CM-2026-0002.yaml"]
    for command in (["init", "office"], [*words, "--packet", "expulsion", "--out", "out"]):
        subprocess.run([sys.executable, "-c", start, *command], check=True, cwd=tmp_path, capture_output=True)
    assert len(list((tmp_path / "out").rglob("*.pdf"))) == 6
