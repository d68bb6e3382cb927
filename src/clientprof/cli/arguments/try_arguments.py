"""``clientprof run --try``: its options, and what they ask for."""

import argparse
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from clientprof.cli import CommandError
from clientprof.cli.arguments.program_arguments import DEFAULT_S

DEFAULT_MAX_TIME_S = 300.0


def add_try_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--try", dest="tries", action="append", metavar="SUSPECT[,SUSPECT...]",
        help="repeat the program with a remedy, beside itself, and say what each would save: sniffio, http2, limit=512, "
        "aiohttp-transport, uvloop, or a patch of `clientprof suspects`. Nothing is installed into its environment",
    )  # fmt: skip
    parser.add_argument(
        "--load", metavar="COMMAND",
        help="with --try, for a program that serves: run COMMAND against it once it listens, then end it",
    )  # fmt: skip
    parser.add_argument(
        "--max-time", type=float, default=DEFAULT_MAX_TIME_S, metavar="S",
        help=f"with --try: measure for at most S seconds (default: {DEFAULT_MAX_TIME_S:g})",
    )  # fmt: skip


def refuse_without_try(arguments: argparse.Namespace) -> None:
    """Raises: CommandError: an option that only ``--try`` understands."""
    if arguments.load is not None or arguments.max_time != DEFAULT_MAX_TIME_S:
        option = "--max-time" if arguments.load is None else "--load"
        raise CommandError(f"{option} goes with --try, which says what to try: --try sniffio,http2", code=2)


def try_program(
    arguments: argparse.Namespace, words: Sequence[str], name: str, command: tuple[str, ...], out: Path
) -> int:
    """Try the suspects on the program that the words start; ``name`` and ``command`` may be published.

    Raises:
        CommandError: an option makes no sense, or nothing could be measured.
    """
    for option, given in (
        ("--live", arguments.live), ("--serve", arguments.serve), ("--by-hand", arguments.by_hand),
        ("--skip", arguments.skip > 0), ("--requests", arguments.requests is not None),
    ):  # fmt: skip
        if given:
            raise CommandError(
                f"{option} belongs to a measurement in detail; --try counts and compares whole runs", code=2
            )
    if not 1 <= arguments.max_time <= 86_400:
        raise CommandError("--max-time must be between 1 and 86400 seconds", code=2)
    if not arguments.for_s > 0:
        raise CommandError("--for must be more than 0", code=2)

    from clientprof.experiments.programs.trying.asked import AskedError, parse_asked
    from clientprof.experiments.programs.trying.one_run import LONGEST_S, Program
    from clientprof.experiments.programs.trying.try_plan import TryPlan
    from clientprof.experiments.programs.trying.try_run import run_tries

    try:
        asked = parse_asked(arguments.tries)
    except AskedError as error:
        raise CommandError(f"--try: {error}", code=2) from None
    longest = LONGEST_S if arguments.for_s == DEFAULT_S else arguments.for_s
    load = _load(arguments.load)
    plan = TryPlan(
        Program(tuple(words), load, longest), name, None if load is None else _published(load), asked,
        arguments.max_time, arguments.seed, command,
    )  # fmt: skip

    def say(text: str) -> None:
        if not arguments.quiet:
            print(f"clientprof: {text}", file=sys.stderr, flush=True)

    outcome = run_tries(plan, say)
    from clientprof.cli.console.ended import exit_code, nothing_measured
    from clientprof.cli.files.what_if_files import show_what_if, write_what_if

    if outcome.recording is None:
        raise nothing_measured(outcome, "a block was whole")
    folder, found = write_what_if(outcome.recording, out)
    show_what_if(found, folder, as_json=arguments.json, quiet=arguments.quiet)
    return exit_code(outcome, "the blocks until then are kept and marked incomplete") or int(not found.blocks)


def _load(text: str | None) -> tuple[str, ...] | None:
    """The words of a load command; it is started without a shell.

    Raises:
        CommandError: it is no command.
    """
    if text is None:
        return None
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise CommandError(f"--load: {error}", code=2) from None
    if not words:
        raise CommandError("--load needs a command", code=2)
    if shutil.which(words[0]) is None:
        raise CommandError(f"--load: no such command {words[0]!r}", code=2)
    return words


def _published(load: Sequence[str]) -> str:
    """Its name, and how many arguments it had: they may hold secrets."""
    count = len(load) - 1
    return f"{Path(load[0]).name} ({count} argument{'' if count == 1 else 's'})"
