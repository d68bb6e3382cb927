"""A worker that crashes, hangs, lies or is left alone ends within bounds, is reported in one line, and leaves nothing."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from clientprof.origin.process import OriginProcess
from clientprof.recording.dataclass_json import to_json
from clientprof.workload.process import Event, WorkerError, WorkerProcess, run_worker
from small_load import TIMEOUT_S, settings_for

pytestmark = pytest.mark.usefixtures("no_process_left")


@pytest.fixture(autouse=True)
def no_folder_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run files are made in a folder of the test's own, and gone when it ends."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield
    assert [path for path in tmp_path.iterdir() if path.name.startswith("clientprof-")] == []


def ignore(_event: Event) -> None:
    """Nothing to do."""


def script(folder: Path, code: str) -> str:
    """An interpreter that runs this code instead of what it is asked to run."""
    path = folder / "python"
    path.write_text(f"#!{sys.executable}\n{code}\n")
    path.chmod(0o755)
    return str(path)


def complaint(
    origin: OriginProcess | None, *, timeout_s: float = TIMEOUT_S, python: str | None = None, **changes: Any
) -> str:
    """What the parent says of a worker that could not measure: one line."""
    with pytest.raises(WorkerError) as caught:
        run_worker(settings_for(origin, **changes), ignore, timeout_s=timeout_s, python=python)
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    assert "Traceback" not in text
    return text


@pytest.mark.parametrize(("changes", "named"), [({"client": "no-such"}, "no-such"), ({"lens": "no-such"}, "no-such")])
def test_an_unknown_client_or_lens_is_reported_by_name(changes: dict[str, str], named: str) -> None:
    text = complaint(None, **changes)
    assert "could not measure" in text
    assert named in text


def test_a_core_that_does_not_exist_is_reported() -> None:
    assert "could not measure" in complaint(None, cpu=4000)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import sys; sys.exit(7)", "died with exit code 7: it printed nothing"),
        ("import sys; sys.stdin.readline(); print('no memory', file=sys.stderr); sys.exit(3)", "code 3: no memory"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "died with exit code -9"),
        ("print('hello')", "said something that is no event: 'hello'"),
        ("print('[1]')", "no event: '[1]'"),
        ("import sys; sys.stdout.buffer.write(b'\\xff\\xfe\\n')", "no event"),
        ('import sys; sys.stdin.readline(); print(\'{"event": "written"}\')', "left no readable run"),
    ],
)
def test_a_worker_that_crashes_or_lies_is_reported_with_its_last_words(code: str, said: str, tmp_path: Path) -> None:
    assert said in complaint(None, python=script(tmp_path, code))


def test_a_worker_that_ended_before_it_was_spoken_to_still_tells_why(tmp_path: Path) -> None:
    code = """print('{"event": "ready"}'); print('{"event": "failed", "text": "no such thing"}')"""
    with WorkerProcess(settings_for(None), python=script(tmp_path, code)) as worker:
        deadline = time.monotonic() + TIMEOUT_S
        assert worker.next_event(deadline) == {"event": "ready"}
        worker._process.wait(TIMEOUT_S)
        worker.go_on()
        with pytest.raises(WorkerError, match="could not measure: no such thing"):
            worker.next_event(deadline)


def test_an_interpreter_that_is_not_there_is_reported() -> None:
    assert complaint(None, python="/no/such/python") == "cannot start python: No such file or directory"


def test_a_worker_that_hangs_is_stopped_at_the_bound(origin: OriginProcess) -> None:
    text = complaint(origin, path="/delay/60000", timeout_s=1.0)
    assert "httpx under the control lens did not end within 1 s and was stopped" in text


def test_a_worker_that_ignores_the_request_to_end_is_killed(tmp_path: Path) -> None:
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    assert "did not end within 1 s" in complaint(None, python=script(tmp_path, code), timeout_s=1.0)


@pytest.mark.parametrize("moment", ["cold", "measured", "round", "end"])
def test_an_interruption_of_the_parent_ends_the_worker_at_any_moment(moment: str, origin: OriginProcess) -> None:
    def interrupt(event: Event) -> None:
        if event["event"] == moment:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_worker(settings_for(origin), interrupt, timeout_s=TIMEOUT_S)


def started_worker(origin: OriginProcess, folder: Path, until: str, **changes: Any) -> "subprocess.Popen[str]":
    """A worker followed by hand until it tells of the event."""
    process = subprocess.Popen(
        [sys.executable, "-m", "clientprof.workload.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    content = to_json(settings_for(origin, **changes)) | {"output": str(folder / "run")}
    process.stdin.write(json.dumps(content) + "\n")
    process.stdin.flush()
    for line in process.stdout:
        event = json.loads(line)["event"]
        if event == until:
            break
        if event in ("cold", "measured", "end"):
            process.stdin.write("\n")
            process.stdin.flush()
    return process


@pytest.mark.parametrize("until", ["cold", "measured", "end"])
def test_a_worker_whose_parent_closed_its_input_ends_quietly_without_a_file(
    until: str, origin: OriginProcess, tmp_path: Path
) -> None:
    process = started_worker(origin, tmp_path, until)
    out, err = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, out, err) == (1, "", "")
    assert not (tmp_path / "run").exists()


def test_a_worker_whose_parent_does_not_read_any_more_ends_quietly(origin: OriginProcess, tmp_path: Path) -> None:
    process = started_worker(origin, tmp_path, "round", rounds=100, max_rounds=100)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(TIMEOUT_S) == 1
    assert err == ""
    assert process.stdin is not None
    process.stdin.close()


def test_ctrl_c_in_the_terminal_is_left_to_the_parent(origin: OriginProcess, tmp_path: Path) -> None:
    process = started_worker(origin, tmp_path, "cold")
    os.kill(process.pid, signal.SIGINT)
    assert process.stdin is not None
    out, err = process.communicate("\n\n\n", timeout=TIMEOUT_S)
    assert process.returncode == 0
    assert err == ""
    assert json.loads(out.splitlines()[-1]) == {"event": "written"}


def test_what_a_library_prints_is_no_event(origin: OriginProcess, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import asyncio, os\n"
        "original = asyncio.Runner.run\n"
        "def run(*args, **kwargs):\n"
        "    print('noise', flush=True)\n"
        "    os.write(1, b'more noise\\n')\n"
        "    open(__file__ + '.ran', 'w').close()\n"
        "    return original(*args, **kwargs)\n"
        "asyncio.Runner.run = run\n"
    )
    environment = {"PYTHONPATH": str(tmp_path)}
    run = run_worker(settings_for(origin), ignore, timeout_s=TIMEOUT_S, environment=environment)
    assert run.facts.complete
    assert (tmp_path / "sitecustomize.py.ran").exists()


def test_events_are_told_in_order_and_each_once(origin: OriginProcess) -> None:
    told: list[object] = []
    observe: Callable[[Event], None] = lambda event: told.append(event["event"])  # noqa: E731
    run_worker(settings_for(origin), observe, timeout_s=TIMEOUT_S)
    assert told == ["cold", "measured", "round", "end"]


def test_a_version_with_another_interface_is_reported_with_the_known_ones(tmp_path: Path) -> None:
    code = "import runpy, httpx; del httpx.AsyncClient; runpy.run_module('clientprof.workload.worker', run_name='__main__')"
    text = complaint(None, python=script(tmp_path, code))
    assert "could not measure: httpx 0." in text
    assert "which was written for httpx 0.28 (from 0.23)" in text
    assert text.endswith("(AttributeError: module 'httpx' has no attribute 'AsyncClient')")
