"""``clientprof run``: measure the requests of a program of your own, its code unchanged."""

import argparse
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from clientprof.cli import CommandError
from clientprof.cli.arguments.program_arguments import add_measured_time, add_recording_arguments, add_serve, limits_of
from clientprof.cli.arguments.try_arguments import add_try_arguments, refuse_without_try, try_program

if TYPE_CHECKING:
    from clientprof.experiments.programs.launch import Launched
    from clientprof.experiments.programs.run import ProgramOutcome

HELP = """Run your program and show what limits its HTTP requests: the client, the
program's own code, or the server.

The program runs as it would by itself, in its own environment. Nothing is
installed into it, and none of its code changes. Processes that it starts are
measured too. Everything after the program's name belongs to the program. The
result is written when the program ends or when a limit is reached; after a
limit, the program goes on unmeasured.

With --try, the program is run again and again, as it is and with remedies, and
what each would save is said. Exit codes of --try: 0 done, 1 failed, 2 wrong
usage, 130 interrupted (the blocks that are whole are kept)."""

EXAMPLES = """examples:
  clientprof run app.py --its-own arguments
  clientprof run -m uvicorn app:app --port 8000
  clientprof run -- gunicorn app:app -k uvicorn.workers.UvicornWorker
  clientprof run --for 60 --skip 10 -m uvicorn app:app
  clientprof run --python .venv/bin/python app.py
  clientprof run -m pytest tests
  clientprof run --live app.py > app.log
  clientprof run --try sniffio,limit=512 app.py
  clientprof run --try http2,uvloop --load "wrk -d2s http://127.0.0.1:8000/" -m uvicorn app:app

kill -USR2 <clientprof> begins a measurement anew, the next one ends it."""

COMMON = (
    "-m",
    "--for",
    "--requests",
    "--skip",
    "--live",
    "--serve",
    "--try",
    "--load",
    "--python",
    "--out",
    "--json",
    "--quiet",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-m", dest="module", action="store_true", help="the program is a module, as in python -m")
    parser.add_argument(
        "--python",
        metavar="PATH",
        help="interpreter for the program (default: that of the active environment, else this one)",
    )
    add_measured_time(parser)
    parser.add_argument("--skip", type=float, default=0.0, metavar="S", help="seconds to leave out at the start")
    parser.add_argument(
        "--by-hand", action="store_true", help="measure from the first SIGUSR2 to this process until the second"
    )
    parser.add_argument(
        "--live", action="store_true",
        help="show what happens, twice a second: rates, queues, the loop's lag, call sites. Redirect the program's "
        "own output",
    )  # fmt: skip
    add_serve(parser)
    parser.add_argument(
        "--memory", action="store_true",
        help="look at what the program holds as its requests go by, and name what grows; slows it down a few times",
    )  # fmt: skip
    parser.add_argument(
        "--json", action="store_true",
        help="print the summary as JSON on standard output; the program's own goes to standard error",
    )  # fmt: skip
    add_try_arguments(parser)
    add_recording_arguments(parser)
    parser.add_argument("program", nargs=argparse.REMAINDER, help="a script, a module after -m, or -- and a command")


def run(arguments: argparse.Namespace, command: tuple[str, ...]) -> int:
    from clientprof.cli.arguments.before_measuring import writable

    words = _program(arguments, command)
    if arguments.skip < 0:
        raise CommandError("--skip must not be negative", code=2)
    if arguments.tries is not None:
        if arguments.memory:
            raise CommandError(
                "--memory slows the program down, and --try compares times; leave one of the two out", code=2
            )
        return _try(arguments, words, command)
    refuse_without_try(arguments)
    limits = limits_of(arguments, skip_s=arguments.skip, by_hand=arguments.by_hand, memory=arguments.memory)
    out = writable(arguments.out)

    from clientprof.experiments.programs.launch import Launched, LaunchError

    try:
        launched = Launched(words, limits, stdout=sys.stderr.fileno() if arguments.json else None)
    except LaunchError as error:
        raise CommandError(str(error)) from None
    with launched:
        _measure(launched, arguments)
        outcome = _gather(launched, arguments, command)
        _show(outcome, launched, out, arguments)
        return _exit_code(launched.wait())


def _try(arguments: argparse.Namespace, words: list[str], command: tuple[str, ...]) -> int:
    from clientprof.cli.arguments.before_measuring import public_command, writable

    name = " ".join(_published(arguments))
    own = list(command[: len(command) - len(arguments.program)])
    if arguments.load in own:
        # It may hold a URL, or secrets.
        own[own.index(arguments.load)] = "..."
    return try_program(arguments, words, name, (*public_command(tuple(own)), name), writable(arguments.out))


def _measure(launched: "Launched", arguments: argparse.Namespace) -> None:
    if not arguments.live and not arguments.serve:
        launched.measure(lambda _seconds: None)
        return
    from clientprof.cli.console.live_program import EVERY_S, LiveProgram

    title = " ".join(_published(arguments))
    with LiveProgram(launched.measurement.folder, title, terminal=arguments.live, serve=arguments.serve) as view:
        launched.measure(view.look, EVERY_S)


def _program(arguments: argparse.Namespace, command: tuple[str, ...]) -> list[str]:
    """The words to start.

    Raises:
        CommandError: there are none, or the script does not exist.
    """
    from clientprof.experiments.programs.launch import default_python

    words = list(arguments.program)
    explicit = "--" in command[: len(command) - len([word for word in words if word != "--"]) + 1]
    if words and words[0] == "--":
        words, explicit = words[1:], True
    if not words:
        raise CommandError("run what? Name a script, -m and a module, or -- and a command", code=2)
    python = arguments.python or default_python()
    if shutil.which(python) is None:
        raise CommandError(f"--python {python}: no such interpreter", code=2)
    if arguments.module:
        return [python, "-m", *words]
    if explicit:
        return words
    script = Path(words[0])
    if not script.exists():
        raise CommandError(f"{words[0]}: no such script; a command that is no script follows --", code=2)
    return [python, *words]


def _gather(launched: "Launched", arguments: argparse.Namespace, command: tuple[str, ...]) -> "ProgramOutcome":
    from clientprof.cli.arguments.before_measuring import public_command
    from clientprof.experiments.programs.run import gather_program

    own = command[: len(command) - len(arguments.program)]
    return gather_program(
        launched.measurement, launched.exit_code, public_command(own), _published(arguments), arguments.seed
    )


def _published(arguments: argparse.Namespace) -> tuple[str, ...]:
    """What was started, as a recording tells it: its name, and how many arguments it had. They may hold secrets."""
    words = [word for word in arguments.program if word != "--"]
    name = words[0] if arguments.module else Path(words[0]).name
    count = len(words) - 1
    more = (f"({count} argument{'' if count == 1 else 's'})",) if count else ()
    return (name, *more)


def _show(outcome: "ProgramOutcome", launched: "Launched", out: Path, arguments: argparse.Namespace) -> None:
    """Write the files and say what they hold, on standard error: standard output is the program's."""
    from clientprof.cli.console.consoles import error_console
    from clientprof.cli.files.program_files import show_program, write_measured

    if outcome.recording is None:
        print(f"clientprof: nothing was measured: {outcome.reason}", file=sys.stderr)
        return
    folder, result = write_measured(outcome.recording, out)
    program = outcome.recording.manifest.program
    ended_by = launched.measurement.ended_by if program is None else program.ended_by
    print(f"clientprof: the measurement ended because {ended_by}; the result is in {folder}", file=sys.stderr)
    if result is not None and (arguments.json or not arguments.quiet):
        show_program(result, folder, error_console(), as_json=arguments.json, quiet=False)


def _exit_code(code: int) -> int:
    """As a shell says it: a signal's number and 128."""
    return code if code >= 0 else 128 - code
