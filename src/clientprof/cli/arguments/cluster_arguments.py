"""``--cluster``: blocks measured by the workers of a Dask cluster."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from clientprof.cli import CommandError

if TYPE_CHECKING:
    from clientprof.experiments.cluster.cluster_place import ClusterPlace
    from clientprof.experiments.differences.places import Place
    from clientprof.experiments.environments.client_specs import ClientSpec
    from clientprof.experiments.environments.subjects import Subject


def add_cluster_argument(parser: argparse.ArgumentParser) -> None:
    """``--cluster`` for the commands that measure blocks."""
    parser.add_argument(
        "--cluster", metavar="ADDRESS",
        help="measure the blocks on the workers of this Dask scheduler, such as tcp://10.0.0.5:8786 (extra cluster)",
    )  # fmt: skip


def subjects_elsewhere(specs: "Sequence[ClientSpec]") -> "tuple[Subject, ...]":
    """What is measured for each client, before a worker has made its environment.

    Raises:
        CommandError: a client lies on this machine only.
    """
    from clientprof.experiments.environments.subjects import Subject

    for spec in specs:
        if spec.from_source or (spec.python is not None and spec.python.path is not None):
            raise CommandError(
                f"{spec.label} names a file or folder of this machine, which the workers of --cluster do not have; "
                "name a release, and a Python by its version",
                code=2,
            )
    return tuple(Subject(spec.label, spec.adapter) for spec in specs)


@contextmanager
def place_of(
    address: str | None, specs: "Sequence[ClientSpec]", python: str | None, *, quiet: bool
) -> "Iterator[Place]":
    """Where the blocks are measured: on this machine without an address.

    Raises:
        CommandError: the cluster cannot be measured on.
    """
    from clientprof.experiments.differences.places import ThisMachine

    with cluster_of(address, specs, python, quiet=quiet) as place:
        yield place or ThisMachine()


@contextmanager
def cluster_of(
    address: str | None, specs: "Sequence[ClientSpec]", python: str | None, *, quiet: bool
) -> "Iterator[ClusterPlace | None]":
    """The cluster at the address, None without one.

    Raises:
        CommandError: the cluster cannot be measured on.
    """
    if address is None:
        yield None
        return
    from clientprof.experiments.cluster.cluster_place import ClusterPlace
    from clientprof.experiments.cluster.orders import Wanted
    from clientprof.experiments.differences.places import PlaceFailed

    try:
        place = ClusterPlace(address, Wanted(tuple(specs), python))
    except PlaceFailed as problem:
        raise CommandError(str(problem)) from None
    with place:
        if not quiet:
            found = f"{place.slots} slot{'' if place.slots == 1 else 's'}"
            print(f"clientprof: measuring on {address}, {found} now", file=sys.stderr, flush=True)
        yield place
