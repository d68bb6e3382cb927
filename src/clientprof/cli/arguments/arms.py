"""The clients a command is asked to measure: read from its arguments, and made ready before anything is measured."""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from clientprof.cli import CommandError

if TYPE_CHECKING:
    from clientprof.experiments.environments.client_specs import ClientSpec
    from clientprof.experiments.environments.subjects import Subject


def add_python_argument(parser: argparse.ArgumentParser) -> None:
    """``--python`` for the commands that measure."""
    parser.add_argument(
        "--python",
        metavar="X.Y",
        help="measure in this Python, a version or a path (default: the running one); for a single client write "
        "httpx@py3.14 or httpx@py:PATH",
    )


def parse_clients(texts: Sequence[str]) -> "tuple[ClientSpec, ...]":
    """The clients as written; one that is written twice is there once. A Python named by its path is asked for its version,
    and sources are looked up.

    Raises:
        CommandError: one cannot be meant.
    """
    from clientprof.clients import CLIENTS
    from clientprof.experiments.environments.client_specs import ClientSpec, SpecError
    from clientprof.experiments.sources.errors import SourceProblem

    try:
        return tuple(dict.fromkeys(_found(ClientSpec.parse(text, CLIENTS)) for text in texts))
    except (SpecError, SourceProblem) as error:
        raise CommandError(str(error), code=2) from None


def _found(spec: "ClientSpec") -> "ClientSpec":
    from clientprof.experiments.sources.parts import found_sources

    return found_sources(_with_version(spec))


def _with_version(spec: "ClientSpec") -> "ClientSpec":
    if spec.python is None or spec.python.path is None:
        return spec
    from clientprof.experiments.environments.errors import InterpreterProblem
    from clientprof.experiments.environments.interpreters import find_interpreter

    path = os.path.abspath(os.path.expanduser(spec.python.path))
    try:
        found = find_interpreter(path, spec.label)
    except InterpreterProblem as problem:
        raise CommandError(str(problem), code=2) from None
    return replace(spec, python=replace(spec.python, version=found.text, path=path))


def with_python_of(client: str, baseline: str) -> str:
    """The default ``baseline`` on the Python that the client names, so that it differs in the client alone."""
    python = parse_clients([client])[0].python
    return baseline if python is None else f"{baseline}@py{f':{python.path}' if python.path else python.version}"


def labels_of(specs: "Sequence[ClientSpec]") -> tuple[str, ...]:
    """Names of the arms; the second of the same is ``httpx (2)``, as where two builds of one Python are compared."""
    found: list[str] = []
    for spec in specs:
        number = 1 + sum(name == spec.label or name.startswith(f"{spec.label} (") for name in found)
        found.append(spec.label if number == 1 else f"{spec.label} ({number})")
    return tuple(found)


def check_pythons(specs: "Sequence[ClientSpec]", python: str | None) -> None:
    """Raise where a Python that was asked for cannot be had, before anything else is done.

    Raises:
        CommandError: one is not there, or not supported.
    """
    from clientprof.experiments.environments.errors import InterpreterProblem
    from clientprof.experiments.environments.interpreters import find_interpreter

    asked = {spec.python.wanted: spec.label for spec in specs if spec.python is not None}
    try:
        for wanted, label in asked.items():
            find_interpreter(wanted, label)
        if python is not None:
            find_interpreter(python)
    except InterpreterProblem as problem:
        raise CommandError(str(problem), code=2) from None


def make_ready(specs: "Sequence[ClientSpec]", python: str | None, *, quiet: bool) -> "tuple[Subject, ...]":
    """Where each client is measured, by the names of the arms; environments as in ``prepared``.

    Raises:
        CommandError: one cannot be had.
    """
    subjects = prepared(specs, python, quiet=quiet)
    return tuple(each.named(label) for each, label in zip(subjects, labels_of(specs), strict=True))


def prepared(specs: "Sequence[ClientSpec]", python: str | None, *, quiet: bool) -> "tuple[Subject, ...]":
    """Where each client is measured; environments that are missing are made, which is said on standard error.

    Raises:
        CommandError: one cannot be had.
    """
    from clientprof.experiments.environments.errors import EnvironmentProblem, InterpreterProblem
    from clientprof.experiments.environments.subjects import prepare
    from clientprof.experiments.sources.errors import SourceProblem

    def say(text: str) -> None:
        if not quiet:
            print(f"clientprof: {text}", file=sys.stderr, flush=True)

    try:
        return prepare(specs, python, say)
    except (InterpreterProblem, SourceProblem) as error:
        raise CommandError(str(error), code=2) from None
    except EnvironmentProblem as error:
        raise CommandError(str(error)) from None
