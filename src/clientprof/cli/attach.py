"""``clientprof attach``: measure the requests of a program that runs already, and leave it as it was."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from clientprof.cli import CommandError
from clientprof.cli.arguments.program_arguments import (
    DEFAULT_S,
    add_measured_time,
    add_recording_arguments,
    add_serve,
    limits_of,
)

if TYPE_CHECKING:
    from clientprof.experiments.programs.attaching.attachment import Attachment
    from clientprof.experiments.programs.run import ProgramOutcome

HELP = """Attach to a running program and find what limits its HTTP requests: the client,
its own code, or the server.

The program must run on CPython 3.14 or newer. Nothing is installed into it and
it is not restarted: the instruments of `clientprof run` go into its event
loops, clients and open connections, and come out again. The result is that of
`run`, for the time in between. Ctrl-C ends it and keeps what was measured.
Start programs on older Pythons with `clientprof run`.

Exit codes: 0 measured, 1 nothing could be measured, 2 the process cannot be
attached to."""

EXAMPLES = """examples:
  clientprof attach 4711 --for 10
  clientprof attach 4711 --live
  docker exec web clientprof attach 1 --for 10
  sudo clientprof attach 4711 --for 10
  clientprof attach 4711 --requests 1000 --json"""

COMMON = ("--for", "--requests", "--live", "--serve", "--out", "--json", "--quiet")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pid", metavar="PID", help="process ID, as ps shows it")
    add_measured_time(parser)
    parser.add_argument(
        "--live", action="store_true",
        help="show what happens, twice a second: rates, queues, the loop's lag, call sites",
    )  # fmt: skip
    add_serve(parser)
    parser.add_argument("--json", action="store_true", help="print the summary as JSON on standard output")
    add_recording_arguments(parser)


def run(arguments: argparse.Namespace, command: tuple[str, ...]) -> int:
    if sys.platform == "win32":
        raise CommandError("attach works on Linux and macOS; on Windows use clientprof run", code=2)
    from clientprof.cli.arguments.before_measuring import writable
    from clientprof.cli.console.ending_signals import INTERRUPTED
    from clientprof.experiments.programs.attaching.attachment import Attachment, Cancelled
    from clientprof.experiments.programs.attaching.refusals import AttachError
    from clientprof.experiments.programs.attaching.target import workers_of

    pid = _pid(arguments)
    limits = limits_of(arguments)
    out = writable(arguments.out)
    try:
        with Attachment(pid, limits, _say) as attachment:
            attachment.attach()
            _say(f"attached to process {pid}; measuring{_until(arguments)}")
            for note in attachment.notes:
                _say(note)
            _measure(attachment, live=arguments.live, serve=arguments.serve)
            workers = workers_of(pid)
            attachment.detach()
            return _show(_gather(attachment, arguments, command), attachment, workers, out, arguments)
    except AttachError as error:
        raise CommandError(str(error), code=2) from None
    except Cancelled:
        raise CommandError(
            "given up before anything was measured; the program is as it was", code=INTERRUPTED
        ) from None


def _measure(attachment: "Attachment", *, live: bool, serve: bool) -> None:
    if not live and not serve:
        attachment.measure(lambda _seconds: None)
        return
    from clientprof.cli.console.live_program import EVERY_S, LiveProgram

    with LiveProgram(attachment.measurement.folder, _name(attachment), terminal=live, serve=serve) as view:
        attachment.measure(view.look, EVERY_S)


def _name(attachment: "Attachment") -> str:
    """What the program is called."""
    from clientprof.workload.programs.process_names import name_of

    return name_of(list(attachment.target.words)) or f"process {attachment.target.pid}"


def _pid(arguments: argparse.Namespace) -> int:
    import os

    text = arguments.pid
    if not text.isdecimal() or not text.isascii() or not 0 < int(text) < 1 << 31:
        raise CommandError(
            f"{text!r} is no number of a process; pgrep -f and a part of its command line finds it", code=2
        )
    if int(text) == os.getpid():
        raise CommandError("this is clientprof itself", code=2)
    return int(text)


def _until(arguments: argparse.Namespace) -> str:
    if arguments.requests is not None:
        return f" until {arguments.requests:,} requests have ended, or Ctrl-C"
    return " until Ctrl-C" if arguments.for_s == DEFAULT_S else f" for {arguments.for_s:g} s, or until Ctrl-C"


def _say(text: str) -> None:
    print(f"clientprof: {text}", file=sys.stderr, flush=True)


def _gather(attachment: "Attachment", arguments: argparse.Namespace, command: tuple[str, ...]) -> "ProgramOutcome":
    from clientprof.cli.arguments.before_measuring import public_command
    from clientprof.experiments.programs.run import gather_program

    program = (_name(attachment),)
    return gather_program(attachment.measurement, None, public_command(command), program, arguments.seed)


def _show(
    outcome: "ProgramOutcome",
    attachment: "Attachment",
    workers: tuple[int, ...],
    out: Path,
    arguments: argparse.Namespace,
) -> int:
    from clientprof.cli.console.consoles import error_console, output_console
    from clientprof.cli.files.program_files import show_program, write_measured

    if outcome.recording is None:
        raise CommandError(f"nothing was measured: {outcome.reason}")
    folder, result = write_measured(outcome.recording, out, "attach")
    program = outcome.recording.manifest.program
    ended_by = attachment.measurement.ended_by if program is None else program.ended_by
    _say(f"the measurement ended because {ended_by}; the result is in {folder}")
    if not outcome.requests and workers:
        numbers = ", ".join(map(str, workers))
        _say(
            f"process {attachment.target.pid} made no request itself; attach to one of those that it started: {numbers}"
        )
    if result is not None:
        console = output_console() if not arguments.json else error_console()
        show_program(result, folder, console, as_json=arguments.json, quiet=arguments.quiet)
    return 0
