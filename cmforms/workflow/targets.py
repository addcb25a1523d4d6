"""Where documents go: a folder, or a place that fsspec reaches (`s3://...`). Each appears whole or not at all.

Documents are staged under a hidden name first, by whichever worker made them; the run enters them in the ledger
and only then promotes them to their own names. A run that was killed leaves staged files; the next one on the
same place clears them away.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any, Protocol

from cmforms.errors import CmformsError, InputError, OutputError
from cmforms.files import make_folder, write_whole

STAGE = ".cmforms-run"
MANIFEST = "manifest.jsonl"
_FEW = 8


class Target(Protocol):
    """What a run needs of the place that it writes to; all names are relative to it, with `/`."""

    def begin(self) -> None:
        """Make the place, keep other runs out, and clear away what a killed run left."""

    def stage(self, files: Mapping[str, bytes]) -> None:
        """Write whole files that are durable but not yet at their names. Raises OutputError (exit 3)."""

    def promote(self, names: Sequence[tuple[str, str]]) -> None:
        """Give staged files their own names. Raises OutputError (exit 3)."""

    def present(self, name: str) -> bool:
        """Tell whether there was a file of this name, when it is asked for at the beginning."""

    def write(self, name: str, data: bytes) -> None:
        """Write a whole file at its own name. Raises OutputError (exit 3)."""

    def end(self) -> None:
        """Clear the staged files away and let others in."""


def open_target(out: Path | str) -> LocalTarget | RemoteTarget:
    """Return the place that a folder or URL names. Raises InputError for a URL that nothing here can reach."""
    if isinstance(out, Path) or "://" not in out:
        return LocalTarget(Path(out))
    if out.startswith("file://"):
        return LocalTarget(Path(out.removeprefix("file://")))
    return RemoteTarget(out)


def whole_place(out: Path | str) -> str:
    """Return the folder or URL so that it means the same to a worker that stands in another folder."""
    target = open_target(out)
    return str(target.folder) if isinstance(target, LocalTarget) else target.url


class LocalTarget:
    """A folder of this computer, or of a share that all workers see under the same path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._lock: int | None = None

    def begin(self) -> None:
        """Make the folder; one run at a time writes to it."""
        make_folder(self.folder)
        self._lock = _locked(self.folder)
        self._clear()
        try:
            (self.folder / STAGE).mkdir(mode=0o700)
        except OSError as trouble:
            raise _cannot_write(self.folder, trouble) from None

    def stage(self, files: Mapping[str, bytes]) -> None:
        """Write the files, then make all of them durable at once: one by one that takes the longest of all."""
        handles: list[int] = []
        folder = f"{self.folder}/{STAGE}"
        try:
            for part in {name.rpartition("/")[0] for name in files}:
                os.makedirs(f"{folder}/{part}", mode=0o700, exist_ok=True)  # noqa: PTH103
            for name, data in files.items():
                handles.append(os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
                _write_all(handles[-1], data)
            _make_durable(handles, folder)
        except OSError as trouble:
            raise _cannot_write(self.folder, trouble) from None
        finally:
            for handle in handles:
                os.close(handle)

    def promote(self, names: Sequence[tuple[str, str]]) -> None:
        """Rename, and make the names durable before anybody is told of them."""
        folder = str(self.folder)
        made: set[str] = set()
        try:
            for staged, name in names:
                inside = f"{folder}/{name.rpartition('/')[0]}"
                if inside not in made:
                    made.add(inside)
                    with suppress(FileExistsError):
                        os.mkdir(inside)  # noqa: PTH102 - thousands of these in a run
                os.replace(f"{folder}/{STAGE}/{staged}", f"{folder}/{name}")  # noqa: PTH105
            _make_folders_durable([folder, *sorted(made)])
        except OSError as trouble:
            raise _cannot_write(self.folder, trouble) from None

    def present(self, name: str) -> bool:
        """Look at the disk."""
        return os.path.exists(f"{self.folder}/{name}")  # noqa: PTH110

    def write(self, name: str, data: bytes) -> None:
        """Write through a temporary file."""
        write_whole(self.folder / name, data)

    def end(self) -> None:
        """Remove the hidden folder and unlock."""
        self._clear()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _clear(self) -> None:
        shutil.rmtree(self.folder / STAGE, ignore_errors=True)


class RemoteTarget:
    """A place of an object store or another server, reached by fsspec; an object there appears whole by itself."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._fs, self._root = _file_system(url)
        self._there: frozenset[str] | None = None

    def begin(self) -> None:
        """Clear away what a killed run staged, and prove that the place can be written."""
        with _reaching(self.url):
            self._clear()
            self._fs.pipe_file(f"{self._root}/{STAGE}/probe", b"cmforms")
            self._clear()

    def stage(self, files: Mapping[str, bytes]) -> None:
        """Send all files at once."""
        if files:
            with _reaching(self.url):
                self._fs.pipe({f"{self._root}/{STAGE}/{name}": data for name, data in files.items()})

    def promote(self, names: Sequence[tuple[str, str]]) -> None:
        """Rename where the server can; object stores copy on their side, many at once."""
        pairs = [(f"{self._root}/{STAGE}/{staged}", f"{self._root}/{name}") for staged, name in names]
        with _reaching(self.url):
            if pairs and self._fs.async_impl:
                self._fs.copy([old for old, _ in pairs], [new for _, new in pairs])
                self._fs.rm([old for old, _ in pairs])
            else:
                for old, new in pairs:
                    self._fs.makedirs(new.rpartition("/")[0], exist_ok=True)
                    self._fs.mv(old, new)

    def present(self, name: str) -> bool:
        """Look into a listing that is made once."""
        if self._there is None:
            with _reaching(self.url):
                self._fs.invalidate_cache()
                found = self._fs.find(self._root)
            self._there = frozenset(path.removeprefix(self._root).lstrip("/") for path in found)
        return name in self._there

    def write(self, name: str, data: bytes) -> None:
        """Send the file."""
        with _reaching(self.url):
            self._fs.pipe_file(f"{self._root}/{name}", data)

    def send(self, name: str, stream: IO[bytes]) -> None:
        """Send a file from a stream, however long it is."""
        with _reaching(self.url), self._fs.open(f"{self._root}/{name}", "wb") as there:
            stream.seek(0)
            shutil.copyfileobj(stream, there, 2**20)

    def fetch(self, name: str, stream: IO[bytes]) -> None:
        """Copy a file into a stream; nothing when there is none."""
        with _reaching(self.url), suppress(FileNotFoundError), self._fs.open(f"{self._root}/{name}") as there:
            shutil.copyfileobj(there, stream, 2**20)

    def end(self) -> None:
        """Remove what is still staged."""
        with suppress(OutputError):
            self._clear()

    def _clear(self) -> None:
        with _reaching(self.url):
            self._fs.invalidate_cache()
            if self._fs.exists(f"{self._root}/{STAGE}"):
                self._fs.rm(f"{self._root}/{STAGE}", recursive=True)


class _reaching:  # noqa: N801 - reads as the context that it is
    """Turn every failure of a server into an OutputError; its own text may hold keys of access."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, trouble: BaseException | None, _trace: object) -> None:
        if trouble is None or not isinstance(trouble, Exception) or isinstance(trouble, CmformsError):
            return
        raise OutputError.because(
            "output-not-writable", f"cannot be written or read: {type(trouble).__name__}", source=self._url,
            fix="Check the address, your access to it and the network; then run again with --resume.",
        ) from None


def _file_system(url: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise _lacking(url) from None
    try:
        fs, root = url_to_fs(url)
    except ImportError:
        raise _lacking(url) from None
    except ValueError as trouble:
        raise InputError.because("output-unknown", f"names no place: {trouble}", source=url) from None
    return fs, str(root).rstrip("/")


def _lacking(url: str) -> InputError:
    return InputError.because(
        "extra-missing", "a package that reaches this place is not installed", source=url,
        fix="Run: pip install 'cmforms[cluster]'",
    )


def _locked(folder: Path) -> int | None:
    """Lock the folder for this process; where the system has no such locks, do without."""
    if sys.platform == "win32":
        return None
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise InputError.because(
            "output-in-use", "another run is writing here", source=str(folder),
            fix="Wait until it has ended, or choose another folder with --out.",
        ) from None
    except OSError:
        os.close(handle)  # a network share without locks
        return None
    return handle


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def _make_durable(handles: Sequence[int], folder: str) -> None:
    """Flush files to the disk: a few each by itself, many by one call for the whole file system."""
    if len(handles) > _FEW and _synced(folder):
        return
    for handle in handles:
        os.fsync(handle)


def _make_folders_durable(folders: Sequence[str]) -> None:
    if sys.platform == "win32" or (len(folders) > _FEW and _synced(folders[0])):
        return
    for folder in folders:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _synced(folder: str) -> bool:
    """Flush the folder's file system by syncfs(2); False where there is no such call."""
    sync = _syncfs()
    if sync is None:
        return False
    handle = os.open(folder, os.O_RDONLY)
    try:
        if sync(handle):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    finally:
        os.close(handle)
    return True


@cache
def _syncfs() -> Any:
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)


def _cannot_write(folder: Path, trouble: OSError) -> OutputError:
    return OutputError.because(
        "output-not-writable", f"cannot be written: {trouble.strerror}", source=str(folder),
        fix="Free some space or choose a folder that you may write to; nothing half-written was left.",
    )
