"""The installed command in a process and session of its own, and what is left of that session."""

import contextlib
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clientprof.cli import main

COMMAND = str(Path(sys.executable).with_name("clientprof"))
WAIT_S = 120.0
# A trace as small as it can be: one round, one block, eight requests at once.
QUICK = ("-n", "8", "--rounds", "1", "--blocks", "1")


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Traced:
    """A finished trace: its folder of results, what it printed, its summary."""

    folder: Path
    out: str
    err: str
    summary: dict[str, Any]


@dataclass
class Running:
    """A command that runs, leader of its own session, so that all it starts can be found."""

    process: "subprocess.Popen[str]"

    def members(self, having: str = "") -> list[int]:
        """Processes of the session whose command line has the text; zombies are gone."""
        found: list[int] = []
        for entry in Path("/proc").iterdir():
            try:
                if not entry.name.isdigit():
                    continue
                state, _, _, session = (entry / "stat").read_text().rsplit(")", 1)[1].split()[:4]
                if int(session) == self.process.pid and state != "Z" and having in (entry / "cmdline").read_text():
                    found.append(int(entry.name))
            except OSError:
                continue
        return found

    def workers_seen(self, number: int) -> int:
        """Wait until that many worker processes have been started; the last one's id. The ones before have ended."""
        seen: dict[int, None] = {}
        limit_s = time.monotonic() + WAIT_S
        while len(seen) < number:
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < limit_s
            seen.update(dict.fromkeys(self.members("clientprof.workload.worker")))
            time.sleep(0.03)
        return list(seen)[-1]

    def end(self, wait_s: float = WAIT_S) -> Ran:
        """Wait for the end, then assert that no process of the session is left."""
        out, err = self.process.communicate(timeout=wait_s)
        limit_s = time.monotonic() + 5
        while self.members() and time.monotonic() < limit_s:
            time.sleep(0.02)
        assert self.members() == []
        return Ran(self.process.returncode, out, err)


def start(arguments: Sequence[str], *, folder: Path | None = None, before: Callable[[], None] | None = None) -> Running:
    """Start the command; ``before`` runs in the new process first."""

    def prepare() -> None:
        # A test run in the background of a shell inherits an ignored SIGINT, one under nohup an ignored SIGHUP, and so
        # would the command.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        if before is not None:
            before()

    return Running(
        subprocess.Popen(
            [COMMAND, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
            start_new_session=True,
            preexec_fn=prepare,
            env={**os.environ, "COLUMNS": "200"},
        )
    )


def run(
    *arguments: str, folder: Path | None = None, before: Callable[[], None] | None = None, wait_s: float = WAIT_S
) -> Ran:
    """Run the command to its end."""
    return start(arguments, folder=folder, before=before).end(wait_s)


def run_here(*arguments: str) -> Ran:
    """The same in this process, which has imported everything: for many commands that differ in an option alone."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(arguments)
        except SystemExit as ended:
            code = int(str(ended.code))
    return Ran(code, out.getvalue(), err.getvalue())


def refusal(*arguments: str, code: int = 2, before: Callable[[], None] | None = None) -> str:
    """Run a command that must be refused: that code, nothing on standard output, one line on standard error."""
    return refused(run(*arguments, before=before), code)


def refused(ran: Ran, code: int) -> str:
    """The one line of a command that was refused."""
    assert (ran.code, ran.out) == (code, ""), ran
    (line,) = ran.err.splitlines()
    assert line.startswith("clientprof")
    return line


def results(out: Path, *also: str) -> Path:
    """The one folder of results under ``out``, with its three files, those named, and nothing half-written beside it."""
    (folder,) = out.iterdir()
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        ["recording.clientprof", "report.html", "summary.json", *also]
    )
    return folder
