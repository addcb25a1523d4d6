"""Pages degraded by augraphy, which lives in an environment of its own: its packages would change ours."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np

PACKAGE = "augraphy==8.2.6"
_PIPELINE = Path(__file__).with_name("augraphy_pipeline.py")


def augmented(page: np.ndarray, seed: int) -> np.ndarray:
    """Return a page (rows x columns x 3, 8 bits) after augraphy's default pipeline, of the same shape, in grey."""
    process = _process()
    assert process.stdin
    assert process.stdout
    process.stdin.write(np.array([*page.shape[:2], seed], "<i8").tobytes() + page.tobytes())
    process.stdin.flush()
    rows, columns = np.frombuffer(process.stdout.read(16), "<i8")
    data = process.stdout.read(int(rows * columns))
    return np.frombuffer(data, np.uint8).reshape(int(rows), int(columns)).copy()


@cache
def _process() -> subprocess.Popen[bytes]:
    return subprocess.Popen([environment(), _PIPELINE], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def environment(package: str = PACKAGE) -> Path:
    """Return the Python of an environment that has only this package, made at the first run."""
    cache_ = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache_ / "cmforms-benchmarks" / package.replace("==", "-")
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        try:
            subprocess.run([python, "-m", "pip", "install", "--quiet", package], check=True)
        except subprocess.CalledProcessError:
            shutil.rmtree(folder)
            raise
    return python
