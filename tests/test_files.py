"""Files appear whole or not at all; trouble is a typed error that leaves nothing behind."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from cmforms.errors import CmformsError, InputError, OutputError
from cmforms.files import append_line, make_folder, read_bytes, write_whole
from cmforms.yamlfile import load_yaml


def test_write_replaces_whole(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left") as caught:
        write_whole(path, b"new")
    assert caught.value.exit_code == 3
    assert (path.read_bytes(), [path.name for path in tmp_path.iterdir()]) == (b"old", ["a"])
    with pytest.raises(OutputError):
        append_line(path, "more")


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError):
        make_folder(tmp_path / "file" / "inside")


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda _path: None, "file-missing"),
        (lambda path: path.mkdir(), "file-unreadable"),
        (lambda path: path.write_bytes(b""), "file-empty"),
    ],
)
def test_unreadable_files_say_so(tmp_path: Path, make: object, code: str) -> None:
    make(tmp_path / "x")  # type: ignore[operator]
    with pytest.raises(InputError) as caught:
        read_bytes(tmp_path / "x")
    assert caught.value.findings[0].code == code


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: 1\nb: - 2\n", "yaml-broken", 2, 4),
        ("a: 1\na: 2\n", "yaml-broken", 2, 1),
        ("a: \x00", "yaml-broken", None, None),
        ("a: !!python/object:os.system x", "yaml-broken", 1, 4),
        ("a: &a [1]\nb: [" + "*a, " * 101 + "1]", "yaml-aliases", None, None),
    ],
)
def test_yaml_faults_have_their_place(text: str, code: str, line: int | None, column: int | None) -> None:
    with pytest.raises(CmformsError) as caught:
        load_yaml(text.encode(), "x.yaml")
    found = caught.value.findings[0]
    assert (found.code, found.where.line, found.where.column) == (code, line, column)


def test_yaml_that_is_not_utf8() -> None:
    with pytest.raises(InputError, match="not UTF-8"):
        load_yaml("é".encode("latin-1"), "x.yaml")
