"""A process that cannot be attached to is told by one sentence, before it is touched."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from clientprof.experiments.programs.attaching import refusals, target
from clientprof.experiments.programs.attaching.python_version import cpython_in
from clientprof.experiments.programs.attaching.refusals import AttachError
from clientprof.experiments.programs.attaching.remote import reason
from clientprof.experiments.programs.attaching.target import inner_number, look_at, sees


@contextmanager
def process(words: Sequence[str], **variables: str) -> Iterator[int]:
    """A process that has begun: it has said so."""
    started = subprocess.Popen(words, env={**os.environ, **variables}, stdout=subprocess.PIPE)
    assert started.stdout is not None
    started.stdout.read(1)
    try:
        yield started.pid
    finally:
        started.kill()
        started.wait()
        started.stdout.close()


WAITS = ("-c", "import time; print(1, flush=True); time.sleep(60)")


def refused(pid: int) -> str:
    with pytest.raises(AttachError) as caught:
        look_at(pid)
    return str(caught.value)


def test_a_process_that_is_not_there() -> None:
    assert "there is no process 4194304;" in refused(4194304)  # above the most that Linux gives


def test_a_process_that_has_ended_and_was_not_waited_for() -> None:
    started = subprocess.Popen([sys.executable, "-c", "print(1)"], stdout=subprocess.PIPE)
    assert started.stdout is not None
    started.stdout.read()
    os.waitid(os.P_PID, started.pid, os.WEXITED | os.WNOWAIT)
    assert "has ended" in refused(started.pid)
    started.wait()
    started.stdout.close()


def test_a_program_that_is_no_python() -> None:
    with process(["sh", "-c", "echo 1; exec sleep 60"]) as pid:
        assert "does not run Python" in refused(pid)


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this one can be attached to")
def test_an_older_python_is_named_with_what_run_offers() -> None:
    with process([sys.executable, *WAITS]) as pid:
        assert refused(pid) == (
            f"process {pid} runs Python 3.{sys.version_info[1]}, and only Python 3.14 and newer lets itself be attached to; "
            "start it with `clientprof run` instead"
        )


@pytest.mark.parametrize(
    ("options", "variables", "words"),
    [
        ((), {"CLIENTPROF_RUN": "/somewhere"}, "was started by `clientprof run`"),
        ((), {"PYTHON_DISABLE_REMOTE_DEBUG": "1"}, "switched off by PYTHON_DISABLE_REMOTE_DEBUG"),
        (("-X", "disable-remote-debug"), {}, "switched off by -X disable-remote-debug"),
    ],
)
def test_what_its_start_forbids(
    options: Sequence[str], variables: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(target, "_LEAST", (3, 0))
    monkeypatch.setattr(target, "cpython_in", lambda _path: _any_version())
    with process([sys.executable, *options, *WAITS], **variables) as pid:
        assert words in refused(pid)


def _any_version() -> object:
    from clientprof.experiments.programs.attaching.python_version import CPython

    return CPython((3, 14))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_another_user_s_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 65534)
    with process([sys.executable, *WAITS]) as pid:
        assert "belongs to user root; run clientprof attach as that user" in refused(pid)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("RuntimeError: Remote debugging is not enabled in the remote process", "switched off by its build"),
        ("PermissionError: Cannot open process", "does not allow attaching to process 7"),
        ("ProcessLookupError: ", "there is no process 7"),
        ("OSError: something else", "failed: something else"),
    ],
)
def test_what_the_interpreter_says_is_told_as_a_sentence(said: str, words: str) -> None:
    assert words in reason(7, said)


def test_every_sentence_is_one_line_and_names_the_process() -> None:
    texts = [value for name, value in vars(refusals).items() if name.isupper() and isinstance(value, str)]
    texts += refusals.REFUSED.values()
    assert len(texts) > 12
    for text in texts:
        assert "{pid}" in text
        assert "\n" not in text
        assert not text.endswith(".")


def test_the_version_of_an_interpreter_is_read_off_its_file() -> None:
    file = Path(f"/proc/{os.getpid()}/exe")
    found = cpython_in(file)
    if found is None:  # a small program around a shared library
        maps = Path(f"/proc/{os.getpid()}/maps").read_text().splitlines()
        found = cpython_in(Path(next(line.split()[-1] for line in maps if "libpython" in line)))
    assert found is not None
    assert found.version == (sys.version_info[:2] if sys.version_info >= (3, 13) else None)
    assert cpython_in(Path("/bin/sh")) is None
    assert cpython_in(Path(__file__)) is None


def test_a_process_with_the_same_files_sees_them(tmp_path: Path) -> None:
    assert sees(os.getpid(), tmp_path)
    assert not sees(os.getpid(), tmp_path / "missing")
    assert inner_number(os.getpid()) == "PID" or inner_number(os.getpid()).isdigit()
