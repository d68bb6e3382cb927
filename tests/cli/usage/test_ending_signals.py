"""SIGTERM and SIGHUP are Ctrl-C to a command, whatever it measures; a reader that goes away ends it as SIGPIPE would."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clientprof.cli import main
from clientprof.cli.console.ending_signals import EndingSignals
from command import COMMAND

SIGNALS = [signal.SIGTERM, signal.SIGHUP]


@contextmanager
def handled_by(number: signal.Signals, handler: signal.Handlers | Callable[[int, object], None]) -> Iterator[None]:
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("number", SIGNALS)
def test_an_ending_signal_interrupts_and_is_told_by_the_exit_code(number: signal.Signals) -> None:
    with handled_by(number, signal.SIG_DFL):
        with EndingSignals() as signals:
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(number)
            assert signals.code(130) == 128 + number
            assert signals.code(1) == 1
        assert signal.getsignal(number) is signal.SIG_DFL


def test_ctrl_c_keeps_its_own_exit_code() -> None:
    with EndingSignals() as signals:
        assert signals.code(130) == 130


def test_the_same_signal_sent_twice_interrupts_once_so_that_results_are_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now_s = 100.0
    monkeypatch.setattr("clientprof.cli.console.ending_signals.time.monotonic", lambda: now_s)
    with handled_by(signal.SIGTERM, signal.SIG_DFL), EndingSignals():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        now_s = 100.5
        signal.raise_signal(signal.SIGTERM)
        now_s = 102.0
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)


def test_a_signal_that_is_ignored_stays_ignored_as_under_nohup() -> None:
    with handled_by(signal.SIGHUP, signal.SIG_IGN), EndingSignals():
        signal.raise_signal(signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


@pytest.mark.parametrize(
    "words", [["--help"], ["clients"], ["trace", "--help-all"], ["suspects"], ["scenario", "--json"], ["doctor"]]
)
def test_a_reader_that_goes_away_ends_the_command_as_sigpipe_would(words: list[str], tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        ran = subprocess.run(
            [COMMAND, *words], stdin=subprocess.DEVNULL, stdout=write, stderr=subprocess.PIPE, cwd=tmp_path, check=False
        )
    finally:
        os.close(write)
    assert (ran.returncode, ran.stderr) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_behind_standard_output_is_told_in_a_line() -> None:
    with open("/dev/full", "wb") as full:
        ran = subprocess.run([COMMAND, "--help"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (
        1, "clientprof: cannot write the result: No space left on device\n"
    )  # fmt: skip


def test_an_interrupted_command_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*_: object) -> int:
        signal.raise_signal(signal.SIGTERM)
        return 0

    monkeypatch.setattr("clientprof.cli.clients.run", run)
    with handled_by(signal.SIGTERM, signal.SIG_DFL):
        assert main(["clients"]) == 143
    assert capsys.readouterr().err == "clientprof: interrupted\n"
