"""Environments of their own for peers whose packages would change ours, made at the first run and kept."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path


def environment(*packages: str) -> Path:
    """Return the Python of an environment that has only these packages (`name==version`), named by the first."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "cmforms-benchmarks" / packages[0].replace("==", "-")
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        try:
            subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
        except subprocess.CalledProcessError:
            shutil.rmtree(folder)
            raise
    return python
