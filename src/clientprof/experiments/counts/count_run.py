"""Counting: every instrument in a process of its own, each twice, so that what is not exact is found and named."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from clientprof.attribution.counts.counted import counted
from clientprof.experiments.counts.worlds import ScenarioWorld, world_for
from clientprof.experiments.environment_rows import usable_cores
from clientprof.experiments.environments.subjects import Subject
from clientprof.experiments.failed_requests import failed_requests
from clientprof.experiments.traces.trace_plan import OPENING
from clientprof.model.counts.exact import ExactCounts
from clientprof.model.run import Run
from clientprof.origin.routing.expected import expected
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.load.scenario_labels import label_of
from clientprof.workload.load.targets import path_of
from clientprof.workload.process import WorkerError, run_worker
from clientprof.workload.settings import WorkerSettings

VIRTUAL_ENTRY = ("-m", "clientprof.virtual.worker")
# From this Python on there is sys.monitoring, which counts bytecodes.
_MONITORING = (3, 12)
# One round to settle, one to count.
_ROUNDS = 2
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class CountPlan:
    """What to count. ``timeout_s`` bounds every process; ``once`` leaves out the second look, which finds the inexact.
    ``instructions`` counts bytecodes as well, in processes of their own.
    """

    subjects: tuple[Subject, ...]
    scenario: Scenario
    timeout_s: float = 600.0
    once: bool = False
    instructions: bool = True


def count_all(plan: CountPlan, say: Say) -> tuple[ExactCounts, ...]:
    """The counts of every subject, in order.

    Raises:
        WorkerError: a client failed, or requests did; the message names it.
        OriginError: TLS needs trustme, which is not installed.
    """
    with world_for(plan.scenario) as world, ThreadPoolExecutor(max(1, min(2, len(usable_cores())))) as pool:

        def runs_of(lens: str, subjects: Sequence[Subject]) -> list[list[Run]]:
            times = 1 if plan.once else 2
            for subject in subjects:
                say(f"{subject.label}: {lens.replace('-', ' ')}, {'twice' if times == 2 else 'once'}")
            asked = [[pool.submit(_run, plan, world, subject, lens) for _ in range(times)] for subject in subjects]
            return [[each.result() for each in row] for row in asked]

        calls = runs_of("exact-calls", plan.subjects)
        able = [
            subject
            for subject, runs in zip(plan.subjects, calls, strict=True)
            if plan.instructions and tuple(map(int, runs[0].facts.python.split(".")[:2])) >= _MONITORING
        ]
        instructions = dict(zip((each.label for each in able), runs_of("exact-instructions", able), strict=True))
        scenario = label_of(plan.scenario)
        return tuple(
            counted(scenario, runs, instructions.get(subject.label, []) if plan.instructions else None, subject.sources)
            for subject, runs in zip(plan.subjects, calls, strict=True)
        )


def _run(plan: CountPlan, world: ScenarioWorld, subject: Subject, lens: str) -> Run:
    scenario = plan.scenario
    awaited = expected(path_of(scenario))
    settings = WorkerSettings(
        client=subject.label,
        adapter=subject.adapter,
        lens=lens,
        arm=subject.label,
        block=0,
        urls=world.urls,
        scenario=scenario,
        cold=False,
        opening=min(scenario.concurrency, scenario.limit or OPENING),
        ca_file=world.ca_file,
        expected_status=awaited.status,
        expected_bytes=awaited.size_bytes,
        rounds=_ROUNDS,
        max_rounds=_ROUNDS,
        min_cpu_s=0.0,
        max_seconds=1e9,
        seed=1,
        cpu=None,
        interval_us=1000.0,
        output="",
        version=subject.version,
        marks=subject.marks,
    )
    run = run_worker(
        settings,
        lambda event: None,
        timeout_s=plan.timeout_s,
        python=subject.python,
        environment=world.environment,
        entry=VIRTUAL_ENTRY,
    )
    failure = failed_requests([run])
    if failure is not None:
        raise WorkerError(failure)
    return run
