"""Runs over many cases: several workers, a cluster, an object store, crashes, and going on after them."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cmforms.errors import InputError
from cmforms.model import Case, plain
from cmforms.sources import read_cases
from cmforms.workflow import pools
from cmforms.workflow.filling import Filler, Order, Settings
from cmforms.workflow.manifest import LocalManifest
from cmforms.workflow.stream import Stream
from cmforms.workflow.targets import STAGE, LocalTarget
from cmforms.workflow.workspace import Workspace
from tests.conftest import ROOT
from tests.test_cli import in_office, office

__all__ = ["office"]

CASES = ROOT / "samples" / "cases"
FORMS = ("student-contract", "parent-contract", "dspc-agenda")
SCRIPT = Path(sys.executable).with_name("cmforms")


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return [sourced.case for sourced in read_cases([CASES]).cases]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace.init(tmp_path_factory.mktemp("batch") / "office")


@pytest.fixture(scope="module")
def plainly(workspace: Workspace, cases: list[Case], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a run in one process makes."""
    out = tmp_path_factory.mktemp("plainly")
    _fill(workspace, cases, out)
    return _files(out)


def _fill(workspace: Workspace, cases: list[Case], out: Path | str, **settings: Any) -> list[str]:
    with workspace.open_store() as store:
        filler = Filler(workspace, store, Order(out, FORMS), Settings(**{"workers": 1, **settings}))
        return [outcome.status for outcome in filler.run(cases)]


def _files(out: Path) -> dict[str, bytes]:
    """Every file by its name; of the manifest the lines in their order do not matter."""
    found = {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    if "manifest.jsonl" in found:
        found["manifest.jsonl"] = b"".join(sorted(found["manifest.jsonl"].splitlines(keepends=True)))
    return found


def test_two_processes_make_the_same(
    workspace: Workspace, cases: list[Case], plainly: dict[str, bytes], tmp_path: Path
) -> None:
    _fill(workspace, cases, tmp_path, workers=2, chunk=3)
    assert _files(tmp_path) == plainly
    assert len(plainly) > 30


def test_resume_makes_only_what_is_missing(
    workspace: Workspace, cases: list[Case], plainly: dict[str, bytes], tmp_path: Path
) -> None:
    _fill(workspace, cases[:7], tmp_path)
    lost = next(tmp_path.rglob("*.pdf"))
    lost.unlink()
    left = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.pdf")}
    _fill(workspace, cases, tmp_path, resume=True)
    assert {path: path.stat().st_mtime_ns for path in left if path.parent.name.startswith("CM")} == {
        path: at for path, at in left.items() if path.parent.name.startswith("CM")
    }
    assert {name: data for name, data in _files(tmp_path).items() if name.startswith("CM")} == {
        name: data for name, data in plainly.items() if name.startswith("CM")
    }


def test_resume_makes_a_changed_case_anew(workspace: Workspace, cases: list[Case], tmp_path: Path) -> None:
    _fill(workspace, cases[:1], tmp_path)
    data = plain(cases[0])
    data["terms"]["academic_goal"] = "Another goal."
    assert len(_fill(workspace, [Case.model_validate(data)], tmp_path, resume=True)) > 0
    assert _fill(workspace, [Case.model_validate(data)], tmp_path, resume=True) == []


def test_torn_last_line_is_taken_out(workspace: Workspace, cases: list[Case], tmp_path: Path) -> None:
    _fill(workspace, cases[:2], tmp_path)
    whole = _files(tmp_path)
    manifest = tmp_path / "manifest.jsonl"
    manifest.write_bytes(manifest.read_bytes()[:-20])
    assert len(_fill(workspace, cases[:2], tmp_path, resume=True)) == 1
    assert _files(tmp_path) == whole


def test_manifest_of_nothing_but_a_torn_line(tmp_path: Path) -> None:
    (tmp_path / "manifest.jsonl").write_bytes(b'{"case": "CM')
    assert LocalManifest(tmp_path).past().done == {}
    assert (tmp_path / "manifest.jsonl").read_bytes() == b""


def test_one_run_at_a_time_in_a_folder(workspace: Workspace, cases: list[Case], tmp_path: Path) -> None:
    first = LocalTarget(tmp_path)
    first.begin()
    with pytest.raises(InputError, match="another run"):
        _fill(workspace, cases[:1], tmp_path)
    first.end()
    assert _fill(workspace, cases[:1], tmp_path)


def _deadly(task: Any) -> Any:
    """Do a chunk, but die over one case."""
    if any("CM-2026-0005" in text for text, _ in task.cases):
        os.kill(os.getpid(), signal.SIGKILL)
    return pools._do(task)


def test_case_that_kills_its_worker_stops_no_other(
    workspace: Workspace, cases: list[Case], plainly: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = pools.Processes.submit

    def deadly(pool: pools.Processes, task: Any) -> Any:
        real = type(pool._pool).submit
        monkeypatch.setattr(pool._pool, "submit", lambda _do, given: real(pool._pool, _deadly, given))
        return submit(pool, task)

    monkeypatch.setattr(pools.Processes, "submit", deadly)
    some = [case for case in cases if "CM-2026-0003" < case.id < "CM-2026-0009"]
    statuses = _fill(workspace, some, tmp_path, workers=2, chunk=2)
    assert statuses.count("failed") == len(FORMS)
    made = {name for name in _files(tmp_path) if name.startswith("CM")}
    ids = {case.id for case in some} - {"CM-2026-0005"}
    assert made == {name for name in plainly if name.partition("/")[0] in ids}
    assert "CM-2026-0005" in (tmp_path / "manifest.jsonl").read_text()


PROGRAM = """
import sys
from pathlib import Path
from cmforms.workflow.filling import Filler, Order, Settings
from cmforms.workflow.stream import Stream
from cmforms.workflow.workspace import Workspace

print("begun")
workspace = Workspace(Path(sys.argv[1]))
with workspace.open_store() as store:
    filler = Filler(workspace, store, Order(Path(sys.argv[3]), ("student-contract",)), Settings(workers=2, chunk=2))
    print(sum(progress.cases for progress in filler.follow(Stream([sys.argv[2]], store))))
"""


def test_workers_run_nothing_of_the_program_that_starts_them(
    workspace: Workspace, cases: list[Case], tmp_path: Path
) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    source = _copies(cases, tmp_path / "cases.jsonl", 6)
    words = [sys.executable, program, workspace.folder, source, tmp_path / "out"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout.split(), done.stderr) == (["begun", "6"], "")


def _start(office: Path, source: Path, out: Path, *words: str) -> subprocess.Popen[bytes]:
    words = ("--workspace", str(office), "fill", str(source), "--packet", "contract", "--out", str(out), *words)
    return subprocess.Popen([SCRIPT, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _copies(cases: list[Case], path: Path, count: int) -> Path:
    with path.open("w", encoding="utf-8") as lines:
        for number in range(count):
            data = plain(cases[number % len(cases)]) | {"id": f"CM-{number:05}"}
            lines.write(json.dumps(data) + "\n")
    return path


def _run(workspace: Path, source: Path, out: Path, settings: Settings, begun: Any) -> None:
    """A run in a process of its own, to be killed; it says when it begins."""
    office = Workspace(workspace)
    with office.open_store() as store:
        filler = Filler(office, store, Order(out, FORMS), settings)
        begun.set()
        for _ in filler.follow(Stream([str(source)], store)):
            pass


def test_kill_at_any_moment_leaves_whole_files_and_resume_completes(
    workspace: Workspace, cases: list[Case], tmp_path: Path
) -> None:
    source = _copies(cases, tmp_path / "many.jsonl", 40)
    apart = multiprocessing.get_context("forkserver")

    def start(out: str, resume: bool, workers: int) -> tuple[Any, float]:
        begun = apart.Event()
        settings = Settings(workers, resume, chunk=3)
        run = apart.Process(target=_run, args=(workspace.folder, source, tmp_path / out, settings, begun))
        run.start()
        begun.wait(60)
        return run, time.monotonic()

    run, began = start("whole", False, 1)
    run.join()
    took = time.monotonic() - began
    wanted = _files(tmp_path / "whole")
    chance = random.Random(3)
    for round_ in range(12):
        run, _ = start("killed", round_ > 0, 1 + round_ % 2)
        time.sleep(chance.uniform(0, 0.5) * took)
        run.kill()
        run.join()
        _assert_true(tmp_path / "killed", wanted)
    run, _ = start("killed", True, 2)
    run.join()
    assert run.exitcode == 0
    assert _files(tmp_path / "killed") == wanted


def _assert_true(out: Path, wanted: dict[str, bytes]) -> None:
    """Every file is whole, and every whole line of the manifest names a document that is there."""
    if not out.exists():
        return
    for name, data in _files(out).items():
        assert name.startswith((STAGE, "manifest", "report")) or data == wanted[name], name
    manifest = out / "manifest.jsonl"
    lines = manifest.read_bytes().splitlines(keepends=True) if manifest.exists() else []
    for line in lines:
        if line.endswith(b"\n"):
            assert (out / json.loads(line)["path"]).exists()


def test_workers_end_with_a_killed_run(workspace: Workspace, cases: list[Case], tmp_path: Path) -> None:
    source = _copies(cases, tmp_path / "many.jsonl", 200)
    run = _start(workspace.folder, source, tmp_path / "out", "--workers", "2")
    workers: set[int] = set()
    while len(workers) < 3 and run.poll() is None:
        workers = _descendants(run.pid)
        time.sleep(0.05)
    run.kill()
    run.wait()
    until = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in workers) and time.monotonic() < until:
        time.sleep(0.05)
    assert workers
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]


def _descendants(pid: int) -> set[int]:
    found: set[int] = set()
    children = Path(f"/proc/{pid}/task/{pid}/children")
    if children.exists():
        for child in map(int, children.read_text().split()):
            found |= {child} | _descendants(child)
    return found


def test_duplicate_and_faulty_rows_are_told_with_their_places(office: Path, cases: list[Case], tmp_path: Path) -> None:
    source = _copies(cases, tmp_path / "many.jsonl", 3)
    first = source.read_text(encoding="utf-8").splitlines()[0]
    with source.open("a", encoding="utf-8") as lines:
        lines.write(f"{first}\n{first.replace('CM-00000', 'CM-1').replace('2012-03-19', 'Mateo')}\n")
    done = in_office(office, "fill", source, "--form", "face-sheet", "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "line 4" in done.stderr
    assert "twice" in done.stderr
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "line 5" in report
    assert "student.dob" in report
    assert "Mateo" not in report
    assert len(list((tmp_path / "out").rglob("*.pdf"))) == 3


def test_refused_document_names_the_sheet_and_cell(office: Path, tmp_path: Path) -> None:
    in_office(office, "cases", "save", CASES / "CM-2026-0012.yaml")
    in_office(office, "cases", "export", tmp_path / "cases.xlsx")
    out = tmp_path / "out"
    done = in_office(office, "fill", tmp_path / "cases.xlsx", "--form", "expulsion-cover-sheet", "--out", out)
    assert done.exit_code == 1
    [line] = (out / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    where = json.loads(line)["findings"][0]["where"]
    assert (where["sheet"], where["cell"], where["case"]) == ("Cases", "A2", "CM-2026-0012")
    assert "sheet Cases, A2" in (out / "report.html").read_text(encoding="utf-8")


def test_all_stored_cases_are_a_source(workspace: Workspace, cases: list[Case]) -> None:
    with workspace.open_store() as store:
        store.save_cases({case.id: plain(case) for case in cases})
        stream = Stream(["store:", "CM-2026-0001"], store)
        assert {item.case.id for item in stream} >= {case.id for case in cases}
        assert [finding.code for finding in stream.findings] == ["case-id-twice"]


@pytest.mark.parametrize("workers", ["0", "-1", "two", "http://there"])
def test_workers_that_are_none(office: Path, tmp_path: Path, workers: str) -> None:
    done = in_office(office, "fill", CASES, "--packet", "contract", "--out", tmp_path / "o", "--workers", workers)
    assert done.exit_code == 2
    assert "neither a number" in done.stderr


def test_cluster_that_is_not_there(workspace: Workspace, cases: list[Case], tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(InputError, match="no scheduler"):
        _fill(workspace, cases, tmp_path, workers=address)


@pytest.fixture
def cluster() -> Iterator[str]:
    """A Dask scheduler with two workers, all on this computer's own loopback address."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
    ) as running:
        yield running.scheduler_address


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_cluster_makes_the_same_for_a_workspace_it_does_not_see(
    workspace: Workspace, cases: list[Case], plainly: dict[str, bytes], tmp_path: Path, cluster: str
) -> None:
    _fill(workspace, cases, tmp_path, workers=cluster, chunk=3)
    assert _files(tmp_path) == plainly


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An S3 server on this computer's own loopback address, with an empty bucket."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "invented", "AWS_SECRET_ACCESS_KEY": "invented", "AWS_DEFAULT_REGION": "us-east-1",
        "FSSPEC_S3_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ENDPOINT_URL": f"http://{host}:{port}",
    }.items():
        monkeypatch.setenv(name, value)
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()
    s3fs.S3FileSystem().mkdir("office")
    yield "s3://office/contracts"
    s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


def _downloaded(url: str, out: Path) -> dict[str, bytes]:
    import s3fs

    there = s3fs.S3FileSystem(skip_instance_cache=True)
    there.get(url, str(out), recursive=True)
    return _files(out)


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_object_store_holds_the_same(
    workspace: Workspace, cases: list[Case], plainly: dict[str, bytes], tmp_path: Path, bucket: str
) -> None:
    _fill(workspace, cases[:5], bucket)
    _fill(workspace, cases, bucket, resume=True)
    made = _downloaded(bucket, tmp_path / "down")
    assert {name: data for name, data in made.items() if name.startswith("CM")} == {
        name: data for name, data in plainly.items() if name.startswith("CM")
    }
    assert not [name for name in made if STAGE in name]
    assert multiprocessing.active_children() == []
