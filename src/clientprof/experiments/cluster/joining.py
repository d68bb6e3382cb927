"""Joining a cluster of Dask: the scheduler must be there, and workers with a slot, of the same clientprof and Python."""

import importlib
import logging
import sys
import warnings
from collections.abc import Mapping
from typing import Any

import clientprof
from clientprof.experiments.cluster.orders import code_digest
from clientprof.experiments.differences.places import PlaceFailed

SLOT = "clientprof"
HOW_TO_START = f"dask worker ADDRESS --resources {SLOT}=1 --nthreads 1"
_CONNECT_S = 10.0
# Queues of SLURM and Kubernetes give workers later than the scheduler.
WORKERS_S = 30.0


class ClusterProblem(PlaceFailed):
    """A cluster that cannot be measured on. The message says why and what to do."""


def join(address: str, workers_s: float = WORKERS_S) -> Any:
    """Dask's client, connected to a cluster with at least one slot; ``workers_s`` is how long to wait for a worker.

    Raises:
        ClusterProblem: no scheduler, no worker, no slot, or workers of another version.
    """
    try:
        dask: Any = importlib.import_module("distributed")
    except ModuleNotFoundError:
        raise ClusterProblem("--cluster needs Dask's scheduler: pip install 'clientprof[cluster]'") from None
    # Its own tables of versions and losses are told in sentences here.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", module=r"distributed\.")
    try:
        client: Any = dask.Client(address, timeout=_CONNECT_S)
    except (OSError, ValueError, TypeError):
        raise ClusterProblem(
            f"no scheduler answers at {address}; `dask scheduler` prints its address, such as tcp://10.0.0.5:8786"
        ) from None
    try:
        client.wait_for_workers(1, timeout=workers_s)
        check_workers(client, address)
    except TimeoutError:
        client.close()
        raise ClusterProblem(
            f"no worker has come to {address} in {workers_s:g} s; start one on each machine: {HOW_TO_START}"
        ) from None
    except BaseException:
        client.close()
        raise
    return client


def check_workers(client: Any, address: str) -> None:
    """Hold the cluster's workers against this process.

    Raises:
        ClusterProblem: none has a slot, or one with a slot runs another clientprof or Python.
    """
    known = workers_of(client)
    with_slot = slots_of(known)
    if not with_slot:
        raise ClusterProblem(
            f"none of the {len(known)} workers at {address} has a slot; start each with --resources {SLOT}=1"
        )
    told = client.get_versions(packages=[SLOT])["workers"]
    problem = other_versions({name: told[name]["packages"] for name in with_slot if name in told})
    if problem is None:
        digests = client.run(code_digest, workers=with_slot, on_error="return")
        problem = other_code(digests)
    if problem is not None:
        raise ClusterProblem(problem)


def workers_of(client: Any) -> Mapping[str, Mapping[str, Any]]:
    """What the scheduler knows of all workers, by address.

    It is asked itself: ``Client.scheduler_info`` gives no worker now and then, when its own periodic query, which leaves
    them out, comes between (distributed 2026.8).
    """
    found: Mapping[str, Mapping[str, Any]] = client.sync(client.scheduler.identity, n_workers=-1)["workers"]
    return found


def slots_of(workers: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The addresses of the workers that have a slot, from what the scheduler knows of all."""
    return sorted(name for name, told in workers.items() if (told.get("resources") or {}).get(SLOT, 0) >= 1)


def other_versions(workers: Mapping[str, Mapping[str, str | None]]) -> str | None:
    """One sentence where a worker's clientprof or Python is another one, None where all agree with this process."""
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    for name, packages in sorted(workers.items()):
        version = packages.get("clientprof")
        if version is None:
            return f"the worker {name} has no clientprof; install {clientprof.__version__} there"
        if version != clientprof.__version__:
            return f"the worker {name} has clientprof {version}, this is {clientprof.__version__}; install the same one"
        python = ".".join((packages.get("python") or "").split(".")[:2])
        if python != own:
            return (
                f"the worker {name} runs on Python {python}, this is {own}; start it in the same one (what is measured may "
                "run on any: --python)"
            )
    return None


def other_code(digests: Mapping[str, object]) -> str | None:
    """One sentence where a worker's code is another one although its version is the same."""
    for name, digest in sorted(digests.items()):
        if digest != code_digest():
            return f"the worker {name} has another clientprof of the same version; install the same one"
    return None
