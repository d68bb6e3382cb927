"""CPU of another process, by the system's own clocks."""

import os
import subprocess
import sys
import time

import pytest

from clientprof.experiments.programs.process_cpu import main_thread_cpu_ns, parse_ps_time, process_cpu_ns


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere ps tells hundredths of a second")
def test_it_is_what_the_process_itself_sees() -> None:
    before, seen, after = time.process_time_ns(), process_cpu_ns(os.getpid()), time.process_time_ns()
    assert before <= seen <= after


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody tells it")
def test_the_main_thread_has_a_part_of_it() -> None:
    main_ns = main_thread_cpu_ns(os.getpid())
    assert main_ns is not None
    assert 0 < main_ns <= process_cpu_ns(os.getpid())


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("00:01", 1_000_000_000),
        ("0:01.23", 1_230_000_000),
        ("02:03:04", 7_384_000_000_000),
        ("1-00:00:01", 86_401_000_000_000),
    ],
)
def test_what_ps_prints_is_read(text: str, ns: int) -> None:
    assert parse_ps_time(text) == ns


def test_a_process_that_has_ended_is_said_to_be_none() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        child = process.pid
    with pytest.raises(ProcessLookupError):
        process_cpu_ns(child)
    with pytest.raises(ProcessLookupError):
        parse_ps_time("")
    assert main_thread_cpu_ns(child) is None
