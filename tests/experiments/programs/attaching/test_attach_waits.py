"""What a process waits for that cannot be entered yet, and what brings it to Python again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from clientprof.experiments.programs.attaching.wake import waits_in

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc tells it")


def told(code: str, says: str, then: Callable[[int], None] = lambda _pid: None) -> str:
    """What is told of a program, as soon as it says that; else what was told last."""
    found = ""
    with subprocess.Popen([sys.executable, "-c", f"print(flush=True)\n{code}"], stdout=subprocess.PIPE) as program:
        try:
            assert program.stdout is not None
            program.stdout.readline()
            then(program.pid)
            for _ in range(500):
                found = waits_in(program.pid) or ""
                if says in found:
                    break
                time.sleep(0.01)
        finally:
            program.kill()
    return found


def test_the_next_request_wakes_only_who_waits_for_sockets() -> None:
    text = told("import select; select.select([], [], [], 60)", "waits for sockets or timers")
    assert "waits for sockets or timers (poll); " in text
    assert "with the next request for instance" in text


def test_who_waits_for_another_thread_may_wait_until_the_end() -> None:
    text = told("import threading, time; threading.Thread(target=time.sleep, args=(60,)).start()", "waits for a lock")
    assert text.startswith("waits for a lock, or for another thread to end; ")
    assert text.endswith("start it with `clientprof run`")
    assert "next request" not in text


def test_a_program_that_was_stopped_is_said_to_be() -> None:
    text = told("while True: pass", "stopped", lambda pid: os.kill(pid, signal.SIGSTOP))
    assert text == "has been stopped by a signal; the instruments go in when it goes on (kill -CONT)"
