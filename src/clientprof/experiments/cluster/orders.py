"""What is sent to a worker of the cluster, what it does there, and what comes back.

Everything here runs in the worker's process, which has clientprof and Dask; what it measures runs in processes of its own,
as it does on the user's machine. A block comes back as a recording: nothing is lost on the way that a file would keep.
"""

import hashlib
import os
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import clientprof
from clientprof.experiments.cluster.steps_told import Teller
from clientprof.experiments.differences.blocks import Shape
from clientprof.experiments.differences.compare_plan import ComparePlan
from clientprof.experiments.differences.host_rows import about_host, with_hosts
from clientprof.experiments.differences.places import origins_for, take_block
from clientprof.experiments.environment_rows import usable_cores
from clientprof.experiments.environments.client_specs import ClientSpec
from clientprof.experiments.environments.errors import EnvironmentProblem
from clientprof.experiments.environments.lock import locked
from clientprof.experiments.environments.subjects import Subject, prepare
from clientprof.experiments.growth.sweep_run import SweepPlan, run_sweep
from clientprof.experiments.staircase.explain_plan import ExplainPlan
from clientprof.experiments.staircase.explain_run import run_explain
from clientprof.experiments.traces.trace_plan import TracePlan
from clientprof.experiments.traces.trace_run import environment_of, run_trace
from clientprof.model.recording import Manifest, Recording
from clientprof.model.run import Run
from clientprof.recording.clock import created_now
from clientprof.recording.recording_file import SCHEMA, save_recording
from clientprof.workload.process import WorkerError

# What Dask sets for its workers and every process they start; the first changes how malloc gives memory back.
_OF_DASK = ("MALLOC_TRIM_THRESHOLD_", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The clients of a plan, one for each of its subjects in order, and the Python of those that name none."""

    specs: tuple[ClientSpec, ...]
    python: str | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """A recording as a file's bytes (None: nothing was measured), and why it is not whole."""

    recording: bytes | None
    failure: str | None


def host_name() -> str:
    """What results call this machine, or this worker's cores of it: ``host 3fa9c1``. It is the same until the machine is
    started again, so that measuring can be gone on with, and names nobody."""
    try:
        machine = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        machine = socket.gethostname()
    return f"host {hashlib.sha256(f'{machine}/{usable_cores()}'.encode()).hexdigest()[:6]}"


@cache
def code_digest() -> str:
    """The identity of this clientprof's code: two of one version may differ while it is worked on."""
    folder, digest = Path(clientprof.__file__).parent, hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        digest.update(f"{file.relative_to(folder).as_posix()}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def make_environments(wanted: Wanted) -> None:
    """Make the environments of these clients here, unless they are there.

    Raises:
        WorkerError: one cannot be had.
    """
    _prepared(wanted)


def measure_block_there(plan: ComparePlan, wanted: Wanted, shape: Shape, number: int) -> Returned:
    """Measure one block here, alone on these cores, with an origin beside it.

    Raises:
        WorkerError: an environment cannot be had, or an arm not be measured.
        OriginError: the origin ended.
    """
    plan = replace(plan, subjects=_here(plan.subjects, wanted))
    with _alone(), origins_for(plan) as (origins, core):
        block = take_block(plan, shape, number, origins, core)
    return _returned(Recording(_manifest(plan), block.runs), block.failure)


def trace_there(plan: TracePlan, wanted: Wanted) -> Returned:
    """Make the runs of a trace here, alone on these cores.

    Raises:
        WorkerError: an environment cannot be had.
    """
    plan = replace(plan, subjects=_here(plan.subjects, wanted))
    with _alone():
        outcome = run_trace(plan, lambda step, done, of, event: None)
    return _returned(outcome.recording, outcome.failure)


def sweep_there(plan: SweepPlan, wanted: Wanted, number: int) -> Returned:
    """Measure one block of a sweep here, that is every n once, alone on these cores.

    Raises:
        WorkerError: an environment cannot be had.
    """
    plan = replace(plan.block(number), subjects=_here(plan.subjects, wanted))
    with _alone():
        outcome = run_sweep(plan, lambda doing, done, of: None)
    return _returned(outcome.recording, outcome.failure, block=number)


def explain_there(plan: ExplainPlan, topic: str) -> Returned:
    """Explain a client here, alone on these cores: evidence, checks and experiments. The steps are told under the topic."""
    _without_dask()
    teller = Teller(topic)
    with _alone():
        outcome = run_explain(plan, teller.watch, teller.say)
    found = outcome.recording
    if found is not None:
        rows = found.manifest.environment
        environment = with_hosts(rows, {host_name(): about_host(rows)})
        found = Recording(replace(found.manifest, environment=environment), found.runs)
    return _returned(found, outcome.failure)


def _returned(found: Recording | None, failure: str | None, block: int | None = None) -> Returned:
    """The recording with this host's name; ``block`` is the number of its runs, their own if None."""
    if found is None:
        return Returned(None, failure)
    numbers = (run.facts.block if block is None else block for run in found.runs)
    runs = tuple(
        Run(replace(run.facts, host=host_name(), block=number), run.columns)
        for run, number in zip(found.runs, numbers, strict=True)
    )
    return Returned(as_bytes(Recording(found.manifest, runs)), failure)


def as_bytes(recording: Recording) -> bytes:
    """The recording as its file would be."""
    with tempfile.TemporaryDirectory(prefix="clientprof-") as folder:
        file = Path(folder, "block.clientprof")
        save_recording(file, recording)
        return file.read_bytes()


def _here(subjects: Sequence[Subject], wanted: Wanted) -> tuple[Subject, ...]:
    """The plan's subjects as they are measured on this machine."""
    return tuple(
        replace(found.named(asked.label), scenario=asked.scenario)
        for asked, found in zip(subjects, _prepared(wanted), strict=True)
    )


@cache
def _prepared(wanted: Wanted) -> tuple[Subject, ...]:
    _without_dask()
    try:
        return prepare(wanted.specs, wanted.python, lambda text: None)
    except EnvironmentProblem as problem:
        raise WorkerError(f"on a worker of the cluster: {problem}") from None


def _without_dask() -> None:
    for name in _OF_DASK:
        os.environ.pop(name, None)


@contextmanager
def _alone() -> Iterator[None]:
    """Hold these cores: workers that share some of them take turns, however many slots they were given."""
    folder = Path(tempfile.gettempdir(), f"clientprof-cores-{os.getuid() if hasattr(os, 'getuid') else 0}")
    with ExitStack() as stack:
        for core in usable_cores():
            stack.enter_context(locked(folder / f"core-{core}"))
        yield


def _manifest(plan: ComparePlan) -> Manifest:
    """What a block's recording says: the machine, and the arms."""
    return Manifest(
        schema=SCHEMA,
        created=created_now(),
        command=plan.command,
        seed=plan.seed,
        complete=True,
        tool_version=clientprof.__version__,
        baseline=plan.baseline,
        clients=(plan.baseline, *plan.candidates),
        environment=environment_of(plan.subjects, max(load.concurrency for load in plan.loads)),
        workload=(),
        kind=plan.kind,
    )
