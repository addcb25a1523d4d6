"""The benchmarks run; what they measure is not for a test."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import ROOT


def test_quick_run_shows_every_table() -> None:
    command = [sys.executable, ROOT / "benchmarks" / "run.py", "--quick", "--cases", "2"]
    shown = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    rows = ("| **cmforms** |", "| pypdf loop |", "| pikepdf loop |", "| docxtpl loop |", "| face-sheet | 5 |")
    assert [row for row in rows if row not in shown] == []
