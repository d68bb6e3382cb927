"""The clients a command is asked to measure: read from its arguments, and made ready before anything is measured."""

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from clientprof.cli import CommandError

if TYPE_CHECKING:
    from clientprof.experiments.client_specs import ClientSpec
    from clientprof.experiments.environments.subjects import Subject


def add_python_argument(parser: argparse.ArgumentParser) -> None:
    """``--python`` for the commands that measure."""
    parser.add_argument(
        "--python", metavar="X.Y", help="measure in this Python, in environments of its own (default: the running one)"
    )


def parse_clients(texts: Sequence[str]) -> "tuple[ClientSpec, ...]":
    """The clients as written; one that is written twice is there once.

    Raises:
        CommandError: one cannot be meant.
    """
    from clientprof.clients import CLIENTS
    from clientprof.experiments.client_specs import ClientSpec, SpecError

    try:
        return tuple(dict.fromkeys(ClientSpec.parse(text, CLIENTS) for text in texts))
    except SpecError as error:
        raise CommandError(str(error), code=2) from None


def make_ready(specs: "Sequence[ClientSpec]", python: str | None, *, quiet: bool) -> "tuple[Subject, ...]":
    """Where each client is measured; environments that are missing are made, which is said on standard error.

    Raises:
        CommandError: one cannot be had.
    """
    from clientprof.experiments.environments.errors import EnvironmentProblem
    from clientprof.experiments.environments.subjects import prepare

    def say(text: str) -> None:
        if not quiet:
            print(f"clientprof: {text}", file=sys.stderr, flush=True)

    try:
        return prepare(specs, python, say)
    except EnvironmentProblem as error:
        raise CommandError(str(error)) from None
