"""The second reader: Tesseract, where the extra `tesseract` and its data are installed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from cmforms.read.ocr.lines import Read
from cmforms.read.ocr.request import Grey

NAME = "tesseract"
_FOLDERS = (
    "/usr/share/tesseract-ocr/5/tessdata", "/usr/share/tessdata", "/usr/local/share/tessdata",
    "/opt/homebrew/share/tessdata", "C:/Program Files/Tesseract-OCR/tessdata",
)
_DATA = (("Latin", "Latin.traineddata"), ("script/Latin", "script/Latin.traineddata"), ("eng", "eng.traineddata"))
_PAPER = 12
_HEIGHT = 48


def available() -> bool:
    """Tell whether there is a second reader on this computer."""
    return the_api() is not None


def read_lines(lines: Sequence[Grey]) -> list[Read]:
    """Read lines of text; without Tesseract each is read as nothing."""
    api = the_api()
    return [_read(api, line) if api else Read("", 0.0) for line in lines]


def _read(api: Any, line: Grey) -> Read:
    image = _framed(line)
    height, width = image.shape
    api.SetImageBytes(image.tobytes(), width, height, 1, width)
    text = api.GetUTF8Text()
    certain = api.AllWordConfidences()
    return Read(" ".join(text.split()), min(certain, default=0) / 100)


def _framed(line: Grey) -> Grey:
    """Return the line as high as Tesseract reads best, with paper around it."""
    scale = _HEIGHT / max(line.shape[0], 1)
    image = cv2.resize(line, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    paper = int(np.percentile(image, 90))
    return np.pad(image, _PAPER, constant_values=paper).astype(np.uint8)


@cache
def the_api() -> Any:
    """Start Tesseract once in a process, with the best of its data for Latin script; None where it is not there."""
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    try:
        import tesserocr
    except ImportError:
        return None
    for folder in (os.environ.get("TESSDATA_PREFIX", ""), *_FOLDERS):
        for name, file in _DATA:
            if folder and Path(folder, file).is_file():
                return tesserocr.PyTessBaseAPI(
                    path=folder, lang=name, psm=tesserocr.PSM.SINGLE_LINE, oem=tesserocr.OEM.LSTM_ONLY
                )
    return None
