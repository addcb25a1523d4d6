"""The first reader: the recognition model that comes inside the package rapidocr, run on lines of text."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cmforms.errors import CmformsError
from cmforms.read.ocr.lines import Read
from cmforms.read.ocr.request import Grey

NAME = "rapidocr"
_MODEL = "*_rec_*.onnx"
_HEIGHT = 48
_NARROWEST = 48
_WIDEST = 2400
"""A line of print as wide as a page; a pen stroke across it would take as much memory as a page."""
_BATCH = 8
_BLANK = 0
_LAST_LATIN = 0x24F
_SIGNS = frozenset("‘’“”–—…•€™№")


class ReaderMissingError(CmformsError):
    """The model that reads pictures is not where its package should have it (exit 2)."""


def read_lines(lines: Sequence[Grey]) -> list[Read]:
    """Read lines of text, those of like length together."""
    found = [Read("", 0.0)] * len(lines)
    for batch in _batches(lines):
        for index, read in zip(batch, the_model().read([lines[index] for index in batch]), strict=True):
            found[index] = read
    return found


def _batches(lines: Sequence[Grey]) -> Iterator[list[int]]:
    order = sorted(range(len(lines)), key=lambda index: _width(lines[index]))
    for start in range(0, len(order), _BATCH):
        yield order[start : start + _BATCH]


def _width(line: Grey) -> int:
    height, width = (int(side) for side in line.shape)
    return min(max(_NARROWEST, width * _HEIGHT // max(height, 1)), _WIDEST)


class _Model:
    """The network and its alphabet, cut down to Latin script."""

    def __init__(self, path: Path) -> None:
        onnxruntime = _runtime()
        options = onnxruntime.SessionOptions()
        # One thread each, so that as many processes as there are cores share the computer evenly.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        signs = ["", *self._session.get_modelmeta().custom_metadata_map["character"].splitlines(), " "]
        self._columns = np.array([_BLANK, *(at for at, sign in enumerate(signs) if _is_latin(sign))])
        self._signs = [signs[column] for column in self._columns]

    def read(self, lines: Sequence[Grey]) -> list[Read]:
        widest = max(_width(line) for line in lines)
        images = np.stack([_normalised(line, widest) for line in lines])
        chances = self._session.run(None, {self._input: images})[0][:, :, self._columns]
        return [self._decoded(line) for line in chances]

    def _decoded(self, chances: NDArray[np.float32]) -> Read:
        """Return the best path of connectionist temporal classification: repeats are one sign, blanks none."""
        best = chances.argmax(axis=1)
        starts = np.flatnonzero((best != _BLANK) & (best != np.r_[_BLANK, best[:-1]]))
        text = "".join(self._signs[best[start]] for start in starts)
        # Where words part is uncertain in any print, and says nothing of the letters.
        certain = [float(chances[at, best[at]]) for at in starts if self._signs[best[at]] != " "]
        return Read(text.strip(), min(certain, default=0.0))


def _runtime() -> Any:
    """Import ONNX Runtime; from 1.29 on it reports its use to its maker, unless it is told before not to."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    return onnxruntime


def _is_latin(sign: str) -> bool:
    return len(sign) == 1 and (ord(sign) <= _LAST_LATIN or sign in _SIGNS)


def _normalised(line: Grey, width: int) -> NDArray[np.float32]:
    """Return the line as the model was trained on: three equal channels, 48 rows, -1 to 1, padded on the right."""
    image = np.zeros((3, _HEIGHT, width), dtype=np.float32)
    own = min(_width(line), width)
    image[:, :, :own] = cv2.resize(line, (own, _HEIGHT)).astype(np.float32) / 127.5 - 1
    return image


@cache
def the_model() -> _Model:
    """Load the model once in a process. Raises ReaderMissingError."""
    package = find_spec("rapidocr")
    folders = package.submodule_search_locations if package else None
    models = [model for folder in folders or () for model in Path(folder, "models").glob(_MODEL)]
    if len(models) != 1:
        raise ReaderMissingError.because(
            "reader-missing", f"rapidocr should hold one recognition model, and holds {len(models)}",
            fix="Install the packages that cmforms names again.",
        )
    return _Model(models[0])
