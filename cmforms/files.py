"""Writing files so that each appears whole or not at all, and reading them with a clear word when that fails."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from cmforms.errors import InputError, OutputError


def write_whole(path: Path, data: bytes) -> None:
    """Write through a temporary file in the same folder, fsync and rename.

    Raises OutputError (exit 3) when the folder cannot be written or the disk is full; nothing is left behind then.
    """
    handle, scratch = _scratch(path)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(scratch).replace(path)
    except OSError as trouble:
        raise _cannot_write(path, trouble) from None
    finally:
        with suppress(OSError):
            Path(scratch).unlink()


def append_line(path: Path, line: str) -> None:
    """Append one line in a single write and fsync it: the file is true at any moment.

    Raises OutputError (exit 3).
    """
    try:
        with path.open("ab", buffering=0) as stream:
            stream.write(line.encode() + b"\n")
            os.fsync(stream.fileno())
    except OSError as trouble:
        raise _cannot_write(path, trouble) from None


def make_folder(path: Path) -> Path:
    """Make the folder and prove that it can be written. Raises OutputError (exit 3)."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as trouble:
        raise _cannot_write(path, trouble) from None
    handle, scratch = _scratch(path / "probe")
    os.close(handle)
    Path(scratch).unlink()
    return path


def read_bytes(path: Path) -> bytes:
    """Read a whole file. Raises InputError for one that is missing, a folder, unreadable or empty."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError.because(
            "file-missing", "there is no such file", source=str(path), fix="Check the name and the folder."
        ) from None
    except OSError as trouble:
        raise InputError.because(
            "file-unreadable", f"cannot be read: {trouble.strerror}", source=str(path),
            fix="Check that it is a file and that you may read it.",
        ) from None
    if not data:
        raise InputError.because(
            "file-empty", "is empty (0 bytes)", source=str(path), fix="Copy or scan it again."
        )
    return data


def _scratch(path: Path) -> tuple[int, str]:
    try:
        return tempfile.mkstemp(prefix=".cmforms-", suffix=".part", dir=path.parent)
    except OSError as trouble:
        raise _cannot_write(path, trouble) from None


def _cannot_write(path: Path, trouble: OSError) -> OutputError:
    return OutputError.because(
        "output-not-writable",
        f"cannot be written: {trouble.strerror}",
        source=str(path),
        fix="Free some space or choose a folder that you may write to; nothing half-written was left.",
    )
