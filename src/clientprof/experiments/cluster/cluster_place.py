"""A cluster as the place where blocks are measured.

Dask hands out the blocks: one at a time to every slot. It starts a block again on another worker where one is lost, and
knows nothing of what is in it. Blocks are taken in the order in which they come back.
"""

import importlib
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import CancelledError
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any

from clientprof.experiments.cluster.joining import HOW_TO_START, SLOT, ClusterProblem, join, slots_of, workers_of
from clientprof.experiments.cluster.orders import (
    Returned,
    Wanted,
    explain_there,
    make_environments,
    measure_block_there,
    sweep_there,
    trace_there,
)
from clientprof.experiments.cluster.steps_told import Listener
from clientprof.experiments.differences.blocks import Shape
from clientprof.experiments.differences.compare_plan import ComparePlan
from clientprof.experiments.differences.compare_run import Progress
from clientprof.experiments.differences.places import TakenBlock
from clientprof.experiments.environments.client_specs import ClientSpec
from clientprof.experiments.growth.sweep_blocks import SweptBlock
from clientprof.experiments.growth.sweep_run import SweepPlan
from clientprof.experiments.staircase.explain_plan import ExplainPlan
from clientprof.experiments.staircase.explain_run import ExplainOutcome
from clientprof.experiments.traces.trace_plan import TracePlan
from clientprof.experiments.traces.trace_run import TraceOutcome
from clientprof.experiments.traces.trace_session import Watch
from clientprof.model.recording import Recording
from clientprof.recording.recording_file import read_recording

# How often it is looked whether anybody is left to measure, and for how long nobody may be.
_LOOK_S = 5.0
_NOBODY_S = 60.0
_ONE = {SLOT: 1}


class ClusterPlace:
    """Joins the cluster; a context manager that leaves it. ``wanted`` are the clients of all plans that it measures.

    Raises:
        ClusterProblem: the cluster cannot be measured on.
    """

    def __init__(self, address: str, wanted: Wanted) -> None:
        self._address, self._wanted = address, wanted
        self._client: Any = join(address)
        self._files = tempfile.TemporaryDirectory(prefix="clientprof-")
        self._names = count()
        # Every worker makes its environments while the first ones measure already.
        self._making = [
            self._client.submit(make_environments, wanted, workers=[name], resources=_ONE, pure=False)
            for name in self._slots()
        ]

    def __enter__(self) -> "ClusterPlace":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.cancel(self._making)
        self._client.close()
        self._files.cleanup()

    def measuring(self, specs: Sequence[ClientSpec]) -> "ClusterPlace":
        """The same cluster; the plans that follow are of these clients, one for each subject in order."""
        self._wanted = replace(self._wanted, specs=tuple(specs))
        return self

    @property
    def slots(self) -> int:
        """How many blocks can be measured at once, at the moment."""
        return len(self._slots())

    def blocks(self, plan: ComparePlan, shape: Shape, numbers: Sequence[int]) -> Generator[TakenBlock, None, None]:
        """Each block once, whenever it comes back.

        Raises:
            WorkerError: an arm could not be measured.
            OriginError: an origin ended.
            ClusterProblem: nobody is left to measure.
        """
        for number, returned in self._handed_out(measure_block_there, (plan, self._wanted, shape), numbers):
            recording = self._read(returned)
            assert recording is not None, "a block has runs"
            yield TakenBlock(number, recording.runs, returned.failure, recording.manifest.environment)

    def sweeps(self, plan: SweepPlan, numbers: Sequence[int]) -> Generator[SweptBlock, None, None]:
        """Each block of a sweep once, whenever it comes back.

        Raises:
            WorkerError: an environment cannot be had.
            ClusterProblem: nobody is left to measure.
        """
        for number, returned in self._handed_out(sweep_there, (plan, self._wanted), numbers):
            yield SweptBlock(number, self._read(returned), returned.failure)

    def trace(self, plan: TracePlan, watch: Watch) -> TraceOutcome:
        """The runs of a lens, on one worker.

        Raises:
            ClusterProblem: nobody is left to measure.
        """
        watch(plan.steps[0], 0, len(plan.steps), None)
        returned = self._whole(trace_there, plan, self._wanted)
        return TraceOutcome(self._read(returned), failure=returned.failure)

    def explain(
        self, plan: ExplainPlan, watch: Callable[[Progress], None], say: Callable[[str], None]
    ) -> ExplainOutcome:
        """An explanation, all of it on one worker, which tells its steps. After an interrupt it comes back as far as it is.

        Raises:
            ClusterProblem: nobody is left to measure.
            KeyboardInterrupt: the second one, which does not wait.
        """
        ended = False

        def end() -> None:
            nonlocal ended
            ended = True
            say("the worker ends when its step is done, and sends what it has; Ctrl-C again does not wait for it")
            listener.end()

        with Listener(self._client, watch, say) as listener:
            returned = self._whole(explain_there, plan, listener.topic, interrupted=end)
        return ExplainOutcome(self._read(returned), ended, returned.failure)

    def _whole(
        self, measure: Callable[..., Returned], *order: object, interrupted: Callable[[], None] | None = None
    ) -> Returned:
        """What comes back of work that no other worker shares in; it is still waited for after ``interrupted``."""
        future = self._client.submit(measure, *order, resources=_ONE, pure=False)
        try:
            try:
                return self._result(self._first_of([future]))
            except KeyboardInterrupt:
                if interrupted is None:
                    raise
                interrupted()
                return self._result(self._first_of([future]))
        finally:
            self._client.cancel([future])

    def _handed_out(
        self, measure: Callable[..., Returned], order: tuple[object, ...], numbers: Sequence[int]
    ) -> Generator[tuple[int, Returned], None, None]:
        """What comes back of each number, in whatever order."""
        ahead = iter(numbers)
        pending: dict[Any, int] = {}
        try:
            while True:
                # Not more than there are slots: what waits in a queue would be measured for nothing when it is enough.
                while len(pending) < max(1, len(self._slots())) and (number := next(ahead, None)) is not None:
                    pending[self._client.submit(measure, *order, number, resources=_ONE, pure=False)] = number
                if not pending:
                    return
                done = self._first_of(list(pending))
                yield pending.pop(done), self._result(done)
        finally:
            self._client.cancel(list(pending))

    def _result(self, future: Any) -> Returned:
        dask: Any = importlib.import_module("distributed")
        try:
            returned = future.result()
        except dask.KilledWorker:
            raise ClusterProblem(
                "every worker that was given one of the blocks was lost; the workers' logs say why (memory, most often)"
            ) from None
        except CancelledError:
            raise ClusterProblem(f"the scheduler at {self._address} is gone") from None
        assert isinstance(returned, Returned)
        return returned

    def _read(self, returned: Returned) -> Recording | None:
        """The recording that came back."""
        if returned.recording is None:
            return None
        # Columns of large recordings are read from the file when they are needed.
        file = Path(self._files.name, f"{next(self._names)}.clientprof")
        file.write_bytes(returned.recording)
        return read_recording(file)

    def _slots(self) -> list[str]:
        return slots_of(workers_of(self._client))

    def _first_of(self, futures: Sequence[Any]) -> Any:
        """Wait until one is done. Dask itself waits for ever for workers that may come."""
        dask: Any = importlib.import_module("distributed")
        since: float | None = None
        while True:
            if self._client.status not in ("running", "connecting"):
                raise ClusterProblem(f"the scheduler at {self._address} is gone")
            try:
                return next(iter(dask.wait(list(futures), timeout=_LOOK_S, return_when="FIRST_COMPLETED").done))
            except CancelledError:
                raise ClusterProblem(f"the scheduler at {self._address} is gone") from None
            except TimeoutError:
                since = nobody_since(self._slots, since)


def nobody_since(
    slots: Callable[[], Sequence[str]], since: float | None, now: Callable[[], float] = time.monotonic
) -> float | None:
    """Since when there is no slot; None where there is one.

    Raises:
        ClusterProblem: there has been none for a minute, or the scheduler does not answer.
    """
    try:
        if slots():
            return None
    except (OSError, TimeoutError, CancelledError):
        raise ClusterProblem("the scheduler does not answer any more") from None
    moment = now()
    since = moment if since is None else since
    if moment - since > _NOBODY_S:
        raise ClusterProblem(f"no worker with a slot is left; start one: {HOW_TO_START}")
    return since
