"""Runs in augraphy's own environment: takes pages on stdin, gives them back degraded on stdout.

A page is three 64-bit numbers (rows, columns, seed), then rows x columns x 3 bytes; the answer is two numbers and
rows x columns bytes of grey.
"""

from __future__ import annotations

import contextlib
import os
import random
import sys

import cv2
import numpy as np


def main() -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    from augraphy import default_augraphy_pipeline

    while len(head := sys.stdin.buffer.read(24)) == 24:
        rows, columns, seed = (int(number) for number in np.frombuffer(head, "<i8"))
        data = sys.stdin.buffer.read(rows * columns * 3)
        page = np.frombuffer(data, np.uint8).reshape(rows, columns, 3).copy()
        random.seed(seed)
        np.random.seed(seed % 2**32)
        cv2.setRNGSeed(seed % 2**31)
        done = page
        with contextlib.suppress(Exception):
            done = default_augraphy_pipeline()(page)
        grey = done if done.ndim == 2 else cv2.cvtColor(done, cv2.COLOR_BGR2GRAY)
        grey = cv2.resize(grey, (columns, rows)) if grey.shape != (rows, columns) else grey
        answers.write(np.array(grey.shape, "<i8").tobytes() + np.ascontiguousarray(grey).tobytes())
        answers.flush()


if __name__ == "__main__":
    main()
