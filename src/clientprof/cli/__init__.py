"""The command line: one file per sub-command, each with ``HELP``, ``EXAMPLES``, ``add_arguments`` and ``run``.

A command with many options names the common ones in ``COMMON``; see ``arguments/command_parser.py``.

Nothing heavy is imported before a command runs, so that ``--help`` answers at once. Exit codes: 0 done, 1 failed, 2 used
wrongly, 3 a condition of --fail-if holds, 130 interrupted (143 by SIGTERM, 129 by SIGHUP), 141 nobody reads what is printed.
"""

import errno
import importlib
import sys
from collections.abc import Sequence

from clientprof import __version__

COMMANDS: dict[str, str] = {
    "trace": "measure a client under load: where its time goes, and what to do",
    "run": "measure your own program: is it the client, your code or the server?",
    "attach": "measure a program that is running already (Python 3.14 or newer)",
    "compare": "which client or version is faster, by how much, and where",
    "matrix": "versions by Pythons by loads, all measured against one another",
    "sweep": "how each cost grows with the number of requests in flight",
    "bisect": "find the release or the commit that changed a client's cost",
    "count": "what a client does for one request: exact counts, the same in every run",
    "check": "check a branch against bounds on exact counts and on CPU, for CI",
    "explain": "remove suspected causes one at a time and measure what each costs",
    "suspects": "list the suspected causes, and the evidence for each",
    "scenario": "run a named experiment, with its story, table and report",
    "open": "open the newest report in the browser",
    "report": "render a recording again, without measuring",
    "finding": "write a folder to attach to an issue: text, script, pictures, recording",
    "export": "write a recording for speedscope, Perfetto, pprof, HAR, KCachegrind, CSV",
    "history": "keep results of many recordings; trends, and where they change",
    "clients": "list the clients that can be measured, and what is installed",
    "envs": "list or remove the environments made for versions of clients",
    "doctor": "show what can change results on this machine",
    "selfcheck": "test clientprof's own accuracy on this machine",
    "completion": "print a script for completion by the shell (bash, zsh)",
}


# What a shell says of a program that SIGPIPE ended, as it ends cat, grep or git when `head` has read enough.
NOBODY_READS = 141


class CommandError(Exception):
    """Something the user can mend. Shown as one line; ``code`` is the exit code."""

    def __init__(self, text: str, code: int = 1) -> None:
        super().__init__(text)
        self.code = code


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    from clientprof.cli.console.ending_signals import INTERRUPTED, EndingSignals
    from clientprof.cli.console.plain_streams import drop

    with EndingSignals() as signals:
        try:
            try:
                return signals.code(_run(list(sys.argv[1:] if arguments is None else arguments)))
            finally:
                if sys.stdout is not None:
                    sys.stdout.flush()  # what cannot be printed must be noticed here, not when the interpreter ends
        except CommandError as error:
            print(f"clientprof: {error}", file=sys.stderr)
            return signals.code(error.code)
        except KeyboardInterrupt:
            print("clientprof: interrupted", file=sys.stderr)
            return signals.code(INTERRUPTED)
        except BrokenPipeError:
            drop(sys.stdout, sys.stderr)
            return NOBODY_READS
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            drop(sys.stdout)
            print(f"clientprof: cannot write {error.filename or 'the result'}: {error.strerror}", file=sys.stderr)
            return 1


def _run(given: list[str]) -> int:
    name, rest = _pick(given)
    if name is None:
        return 0
    from clientprof.cli.arguments.command_parser import parser_of
    from clientprof.cli.console.plain_streams import write_what_it_can

    write_what_it_can(sys.stdout, sys.stderr)
    module = importlib.import_module(f"clientprof.cli.{name}")
    return int(module.run(parser_of(name, module).parse_args(rest), tuple(given)))


def _pick(given: list[str]) -> tuple[str | None, list[str]]:
    """The command and its arguments; prints help or version and gives None where that was asked."""
    if not given or given[0] in ("-h", "--help"):
        print(_overview())
        return None, []
    if given[0] in ("-V", "--version"):
        print(f"clientprof {__version__}")
        return None, []
    if given[0] not in COMMANDS:
        raise CommandError(
            f"{sentence(f'no command {given[0]!r}{closest(given[0], COMMANDS)}')} Try for example `{_likely(given[0])}`, "
            "or `clientprof --help`",
            code=2,
        )
    return given[0], given[1:]


def _likely(name: str) -> str:
    """The command that was most likely meant, as one runs it; a file names it by its ending."""
    import difflib

    if name.endswith(".py"):
        return f"clientprof run {name}"
    if name.endswith((".clientprof", ".html")):
        return f"clientprof {'report' if name.endswith('.clientprof') else 'open'} {name}"
    alike = difflib.get_close_matches(name, COMMANDS, n=1, cutoff=0.5)
    return f"clientprof {alike[0]} --help" if alike else "clientprof trace --client httpx -n 512"


def sentence(text: str) -> str:
    """With a full stop, unless it is a question."""
    return text if text.endswith("?") else f"{text}."


def closest(name: str, known: Sequence[str] | dict[str, str]) -> str:
    """``; did you mean ...?`` for a misspelt name, or the list of what there is."""
    import difflib

    matches = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(matches)}?" if matches else f"; there are {', '.join(sorted(known))}"


def _overview() -> str:
    lines = "\n".join(f"  {name:10} {text}" for name, text in COMMANDS.items())
    return f"""clientprof {__version__}: why a Python HTTP client is slow under load, and what to do about it

usage: clientprof <command> [options]

commands:
{lines}

examples:
  clientprof trace --client httpx -n 512          measure a client; writes reports/RUN/
  clientprof run -m uvicorn app:app               measure your own program
  clientprof compare httpx aiohttp -n 512         which is faster, and by how much
  clientprof explain --client httpx -n 512        what each suspected cause really costs
  clientprof open                                 the newest report, in the browser
  clientprof finding reports/RUN/recording.clientprof --list
  clientprof <command> --help                     the common options of a command"""
