"""Pages degraded by augraphy, which lives in an environment of its own: its packages would change ours."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.environments import environment

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
    return subprocess.Popen([environment(PACKAGE), _PIPELINE], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
