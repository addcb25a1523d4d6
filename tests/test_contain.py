"""Untrusted work in child processes: whatever happens there is a finding here, and nothing stays behind."""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cmforms.contain import Crew, Limits, Line, contained, contained_stream
from cmforms.contain.messages import Say, packed, unpacked
from cmforms.errors import CmformsError, InputError
from tests.conftest import ROOT

SHORT = Limits(seconds=1, cpu_seconds=5, page_seconds=4, memory_mb=100)


def double(number: int) -> int:
    return 2 * number


def split(line: Line, number: int) -> int:
    if number > 3:
        line.ask("more", [number - 3, 3])
    return min(number, 3)


def spin() -> None:
    while True:
        pass


def hang() -> None:
    """Hold the interpreter's lock in a library that never returns."""
    ctypes.PyDLL(None).sleep(1000)


def devour() -> int:
    return len(bytearray(1 << 30))


def crash() -> None:
    ctypes.string_at(0)


def leave() -> None:
    os._exit(3)


def fail() -> None:
    {"Ana Muestra": 1}["Beto Ejemplo"]


def panic() -> None:
    raise type("PanicException", (BaseException,), {})("Ana Muestra")


def refuse() -> None:
    raise InputError.because("pdf-encrypted", "is protected")


def write(path: Path) -> str:
    try:
        path.write_text("Ana Muestra")
    except OSError as trouble:
        return trouble.strerror or ""
    return ""


def count(numbers: int) -> Iterator[int]:
    yield from range(numbers)


@pytest.mark.parametrize(
    ("work", "code", "said"),
    [
        (hang, "file-too-slow", "1 seconds"),
        (devour, "file-needs-memory", "100 MB"),
        (crash, "file-breaks-reader", "SIGSEGV"),
        (leave, "file-breaks-reader", "exit code 3"),
        (fail, "file-breaks-reader", "KeyError in test_contain.py"),
        (panic, "file-breaks-reader", "PanicException"),
        (refuse, "pdf-encrypted", "is protected"),
    ],
)
def test_whatever_happens_is_one_finding(work: Callable[[], object], code: str, said: str) -> None:
    with pytest.raises(InputError) as refused:
        contained(work, source="pile.pdf", limits=SHORT)
    [finding] = refused.value.findings
    assert (finding.code, finding.where.source) == (code, None if work is refuse else "pile.pdf")
    assert said in finding.message
    assert "Ana" not in str(finding)


def test_time_of_the_processor_is_limited_too() -> None:
    with pytest.raises(InputError, match="of the processor"):
        contained(spin, source="a.pdf", limits=Limits(seconds=60, cpu_seconds=0.2))


def test_a_child_writes_no_file(tmp_path: Path) -> None:
    assert contained(write, tmp_path / "a", source="a.pdf") == "File too large"


def test_results_in_parts() -> None:
    assert sum(contained_stream(count, 1200, source="a.xlsx")) == sum(range(1200))


def mixed(line: Line, number: int) -> int:
    """Crash on every fifth number, ask the parent otherwise; the first takes longest."""
    line.begin_pages(1)
    if number % 5 == 4:
        crash()
    if number == 0:
        time.sleep(0.2)
    return int(line.ask("double", number))


def test_the_pile_goes_on_in_order() -> None:
    with Crew(mixed, Limits(), 2, {"double": double}) as crew:
        found = list(crew.run((str(number), number) for number in range(12)))
    assert [outcome.source for outcome in found] == [str(number) for number in range(12)]
    assert [outcome.result for outcome in found] == [None if n % 5 == 4 else 2 * n for n in range(12)]


def slow_pages(line: Line, pages: int) -> int:
    line.begin_pages(pages)
    time.sleep(1.2)
    return pages


def test_each_page_has_its_time() -> None:
    with Crew(slow_pages, SHORT) as crew:
        one, none = crew.run([("a", 1), ("b", 0)])
    assert (one.result, none.findings[0].code) == (1, "file-too-slow")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_a_child_ends_with_its_parent(number: signal.Signals, tmp_path: Path) -> None:
    code = (
        "from cmforms.contain import Crew, Limits; from tests.test_contain import report_and_hang\n"
        "with Crew(report_and_hang, Limits(), 1, {'pid': lambda pid: print(pid, flush=True)}) as crew:\n"
        "    list(crew.run([('a', None)]))"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, preexec_fn=_heeds_interrupts,
    )
    with parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        parent.send_signal(number)
        assert parent.wait(60) != 0
    until = time.monotonic() + 60
    while _lives(child) and time.monotonic() < until:
        time.sleep(0.02)
    assert not _lives(child)


def _heeds_interrupts() -> None:
    """Undo what a shell does to programs that it starts in the background, as a build may be."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def report_and_hang(line: Line, _item: None) -> None:
    line.ask("pid", os.getpid())
    hang()


def _lives(pid: int) -> bool:
    """Tell whether the process is at work; nobody may have taken note yet of one that has ended."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(") ")[2][0] not in "ZX"


def test_a_child_that_cannot_be_started_is_no_fault_of_the_file() -> None:
    class Unknown:
        def __reduce__(self) -> tuple[object, ...]:
            return os._exit, (1,)

    with Crew(Unknown(), SHORT) as crew, pytest.raises(CmformsError) as refused:  # type: ignore[arg-type]
        list(crew.run([("a", 1)]))
    assert refused.value.findings[0].code == "reader-not-started"


@pytest.mark.parametrize("crooked", [os.system, Path.unlink, CmformsError, subprocess.Popen])
def test_a_child_can_make_its_parent_do_nothing(crooked: object) -> None:
    with pytest.raises(pickle.UnpicklingError):
        unpacked(packed(Say.DONE, crooked))


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such sockets")
def test_a_folder_for_temporary_files_with_too_long_a_path_is_named(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    code = "from cmforms.contain import warm_up; warm_up([])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ | {"TMPDIR": str(long)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert "CmformsError" in done.stderr
    assert "AF_UNIX path too long" in done.stderr


def test_a_child_leaves_a_part_of_its_work_to_others() -> None:
    crew = Crew(split, SHORT, 2, {"more": lambda parts: crew.add(("part", part) for part in parts)})
    with crew:
        found = [outcome.result for outcome in crew.run([("long", 9), ("short", 1)])]
    assert found == [3, 1, 3, 3, 3, 3]
