"""`manifest.jsonl`: a line for each document, written once the document is whole, and only ever added to."""

from __future__ import annotations

import datetime as dt
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from cmforms.errors import OutputError
from cmforms.workflow.making import Outcome
from cmforms.workflow.targets import MANIFEST, LocalTarget, RemoteTarget

_SHARE = 20


@dataclass
class Past:
    """What a manifest says of earlier runs: the issue of each document by case and path, and other lines.

    Of lines about documents that were not made only a hash is kept, to tell whether one was said already.
    """

    done: dict[str, dict[str, str]] = field(default_factory=dict)
    said: set[int] = field(default_factory=set)
    dated: dt.date | None = None

    def add(self, line: bytes) -> None:
        """Take in one line; the last one about a document is in force."""
        data = json.loads(line)
        if data.get("dated"):
            self.dated = dt.date.fromisoformat(data["dated"])
        if data["path"]:
            self.done.setdefault(data["case"], {})[data["path"]] = data["issue"]
        else:
            self.said.add(hash(line.rstrip(b"\n")))

    def is_said(self, line: bytes) -> bool:
        """Tell whether this line about a document that was not made stands in the manifest already."""
        return hash(line) in self.said


def line_of(outcome: Outcome) -> bytes:
    """Return the line of an outcome, without its end."""
    return json.dumps(outcome.as_json(), ensure_ascii=False).encode()


def open_manifest(target: LocalTarget | RemoteTarget) -> LocalManifest | RemoteManifest:
    """Return the manifest of a place."""
    return LocalManifest(target.folder) if isinstance(target, LocalTarget) else RemoteManifest(target)


class LocalManifest:
    """The manifest of a folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / MANIFEST
        self._whole = False

    def past(self) -> Past:
        """Return what earlier runs wrote; a last line that a crash tore is taken out first."""
        self._mend()
        past = Past()
        for line in self.lines():
            past.add(line)
        return past

    def lines(self) -> Iterator[bytes]:
        """Yield the lines as they stand."""
        if self._path.exists():
            with self._path.open("rb") as stream:
                yield from stream

    def append(self, lines: Sequence[bytes]) -> None:
        """Add lines in one write, made durable. Raises OutputError (exit 3)."""
        if not lines:
            return
        self._mend()
        try:
            with self._path.open("ab", buffering=0) as stream:
                _write(stream, b"\n".join(lines) + b"\n")
                os.fsync(stream.fileno())
        except OSError as trouble:
            raise _cannot_write(str(self._path), trouble) from None

    def close(self) -> None:
        """Nothing is held back."""

    def _mend(self) -> None:
        if not self._whole and self._path.exists():
            try:
                _cut_torn_line(self._path)
            except OSError as trouble:
                raise _cannot_write(str(self._path), trouble) from None
        self._whole = True


class RemoteManifest:
    """The manifest of an object store, which cannot add to an object: it is sent anew, whole, as it grows.

    Every line there is true at any moment; the newest may still be missing, and `--resume` makes those
    documents once more, the same to the byte. It is sent when it has grown by a twentieth, so that all
    sendings together stay in proportion to its length. The lines wait in a file without a name meanwhile.
    """

    def __init__(self, target: RemoteTarget) -> None:
        self._target = target
        self._spool: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        self._sent = 0
        self._fetched = False

    def past(self) -> Past:
        """Return what earlier runs sent."""
        past = Past()
        for line in self.lines():
            past.add(line)
        return past

    def lines(self) -> Iterator[bytes]:
        """Yield the lines as they stand."""
        self._fetch()
        self._spool.seek(0)
        yield from self._spool

    def append(self, lines: Sequence[bytes]) -> None:
        """Add lines. Raises OutputError (exit 3)."""
        if not lines:
            return
        self._fetch()
        self._spool.seek(0, os.SEEK_END)
        self._spool.write(b"\n".join(lines) + b"\n")
        if self._spool.tell() - self._sent > self._sent // _SHARE:
            self._send()

    def close(self) -> None:
        """Send what is held back."""
        if self._fetched and self._spool.seek(0, os.SEEK_END) > self._sent:
            self._send()
        self._spool.close()

    def _fetch(self) -> None:
        if not self._fetched:
            self._target.fetch(MANIFEST, self._spool)
            self._sent = self._spool.tell()
            self._fetched = True

    def _send(self) -> None:
        self._target.send(MANIFEST, self._spool)
        self._sent = self._spool.seek(0, os.SEEK_END)


def _cut_torn_line(path: Path) -> None:
    """Cut what follows the last line end: the process died while it wrote."""
    with path.open("r+b") as stream:
        end = stream.seek(0, os.SEEK_END)
        at = end
        while at:
            start = max(0, at - 65536)
            stream.seek(start)
            found = stream.read(at - start).rfind(b"\n")
            if found >= 0:
                at = start + found + 1
                break
            at = start
        if at < end:
            stream.truncate(at)
            os.fsync(stream.fileno())


def _write(stream: IO[bytes], data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[stream.write(view) :]


def _cannot_write(path: str, trouble: OSError) -> OutputError:
    return OutputError.because(
        "output-not-writable", f"cannot be written: {trouble.strerror}", source=path,
        fix="Free some space, then run again with --resume.",
    )
