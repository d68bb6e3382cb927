"""A program under ``clientprof run`` ends, prints and fails as it does by itself; what it did is recorded all the same."""

from pathlib import Path

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.origin.process import OriginProcess
from measured import measured, plain

# What the program does, and how many requests it makes; killed programs end as a shell says it.
CASES = {
    "nothing": 0, "crash": 3, "fails": 2, "_exit": 3, "exit": 3, "closes": 3, "own-loop": 3, "alarms": 5, "profiles": 2,
    "changes-folder": 3, "looks": 2, "standard": 5,
}  # fmt: skip


@pytest.mark.parametrize("what", CASES)
def test_exit_code_output_and_traceback_are_the_programs_own(what: str, origin: OriginProcess, tmp_path: Path) -> None:
    alone = plain("misbehaving.py", f"{origin.ready.base_url}/1k", what)
    watched = measured(tmp_path, "misbehaving.py", f"{origin.ready.base_url}/1k", what)
    assert (watched.code, watched.output) == (alone.code, alone.output)
    assert watched.errors == alone.errors
    assert watched.requests == CASES[what]
    assert watched.recording is not None
    assert watched.recording.manifest.program is not None
    assert [process.removed for process in watched.recording.manifest.program.processes] == [()]


def test_what_was_written_before_a_kill_is_kept(origin: OriginProcess, tmp_path: Path) -> None:
    watched = measured(tmp_path, "misbehaving.py", f"{origin.ready.base_url}/1k", "killed")
    assert watched.code == 128 + 9
    assert watched.requests >= 3


def test_no_request_is_said_in_a_sentence(origin: OriginProcess, tmp_path: Path) -> None:
    assert "made no request" in measured(tmp_path, "misbehaving.py", f"{origin.ready.base_url}/1k", "nothing").own


@pytest.mark.parametrize("how", ["spawn", "fork", "forkserver", "subprocess", "below-subprocess", "os-fork", "exec"])
def test_requests_of_child_processes_are_counted(how: str, origin: OriginProcess, tmp_path: Path) -> None:
    watched = measured(tmp_path, "children.py", f"{origin.ready.base_url}/1k", how)
    assert (watched.code, watched.requests, watched.errors) == (0, 14, b"")


def test_clients_that_were_built_before_a_fork_are_not_the_child_s(origin: OriginProcess, tmp_path: Path) -> None:
    watched = measured(tmp_path, "children.py", f"{origin.ready.base_url}/1k", "forked-later")
    assert (watched.code, watched.requests, watched.errors) == (0, 21, b"")
    assert watched.recording is not None
    result = program_result(watched.recording)
    (site,) = result.call_sites
    assert site.requests == 21
    assert [row.instances for row in result.settings] == [3]


def test_a_script_that_does_not_exist_is_named(tmp_path: Path) -> None:
    ended = measured(tmp_path, "missing.py")
    assert ended.code == 2
    assert "missing.py: no such script" in ended.own


def test_an_interpreter_that_hears_of_nothing_is_explained(origin: OriginProcess, tmp_path: Path) -> None:
    import sys

    ended = measured(tmp_path, "--", sys.executable, "-I", "misbehaving.py", f"{origin.ready.base_url}/1k", "nothing")
    assert (ended.code, ended.output) == (0, b"no request\n")
    assert "-I" in ended.own
