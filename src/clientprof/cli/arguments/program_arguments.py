"""The options of measuring a program that are the same whether clientprof starts it or finds it running."""

import argparse
from typing import TYPE_CHECKING

from clientprof.cli import CommandError
from clientprof.cli.arguments.output_arguments import add_folder_argument, add_quiet_argument

if TYPE_CHECKING:
    from clientprof.experiments.programs.measurement import Limits

DEFAULT_S = 3600.0
_DEFAULT_MB = 50


def add_measured_time(parser: argparse.ArgumentParser) -> None:
    """How long to measure."""
    parser.add_argument(
        "--for", dest="for_s", type=float, default=DEFAULT_S, metavar="S", help="seconds to measure (default: 3600)"
    )
    parser.add_argument("--requests", type=int, metavar="N", help="stop after this many requests")


def add_serve(parser: argparse.ArgumentParser) -> None:
    """The live view as a page."""
    parser.add_argument(
        "--serve", action="store_true", help="show the same on a local web page; its address is printed"
    )


def add_recording_arguments(parser: argparse.ArgumentParser) -> None:
    """What is recorded, and where it goes."""
    parser.add_argument(
        "--max-size", type=float, default=_DEFAULT_MB, metavar="MB",
        help="the largest recording, in megabytes; details are thinned out evenly to stay below (default: 50)",
    )  # fmt: skip
    parser.add_argument(
        "--detail", choices=("auto", "always"), default="auto",
        help="auto: while the program is busy, record details in short windows only; always: record them all the time, "
        "at a higher cost. Counts, rates and failures are exact in both (default: auto)",
    )  # fmt: skip
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="seed for the times between windows (default: 1)"
    )
    add_folder_argument(parser)
    add_quiet_argument(parser)


def limits_of(
    arguments: argparse.Namespace, *, skip_s: float = 0.0, by_hand: bool = False, memory: bool = False
) -> "Limits":
    """The limits that the options ask for.

    Raises:
        CommandError: one makes no sense.
    """
    from clientprof.experiments.programs.measurement import Limits

    for name, value in (("--for", arguments.for_s), ("--max-size", arguments.max_size)):
        if not value > 0:
            raise CommandError(f"{name} must be more than 0", code=2)
    if arguments.requests is not None and arguments.requests < 1:
        raise CommandError("--requests must be at least 1", code=2)
    return Limits(
        skip_s, arguments.for_s, arguments.requests, round(arguments.max_size * 1e6), by_hand, arguments.detail,
        arguments.seed, memory,
    )  # fmt: skip
