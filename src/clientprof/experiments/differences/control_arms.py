"""One arm of a group in lock-step: a client under its load, in its environment, under the control lens."""

from clientprof.experiments import reaching_origin
from clientprof.experiments.environments.subjects import Subject
from clientprof.experiments.traces.trace_plan import OPENING
from clientprof.origin.process import OriginReady
from clientprof.origin.routing.expected import expected
from clientprof.workload.changes import Change
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.load.targets import path_of
from clientprof.workload.lockstep import Arm
from clientprof.workload.settings import WorkerSettings


def control_arm(
    subject: Subject,
    scenario: Scenario,
    ready: OriginReady,
    *,
    name: str,
    client: str | None = None,
    core: int | None,
    block: int,
    seed: int,
    timeout_s: float,
    changes: tuple[Change, ...] = (),
    variables: dict[str, str] | None = None,
) -> Arm:
    """The arm ``name`` of a block, not yet started. ``client`` is what results call it, the subject's label if None."""
    path = path_of(scenario)
    settings = WorkerSettings(
        client=client or subject.label,
        adapter=subject.adapter,
        version=subject.version,
        marks=subject.marks,
        lens="control",
        arm=name,
        block=block,
        urls=reaching_origin.urls(ready, scenario),
        scenario=scenario,
        cold=False,
        opening=min(scenario.concurrency, scenario.limit or OPENING),
        ca_file=reaching_origin.ca_file(ready, scenario, subject.adapter),
        expected_status=200,
        expected_bytes=expected(path).size_bytes,
        rounds=1,
        max_rounds=1,
        min_cpu_s=0.0,
        max_seconds=timeout_s,
        seed=seed,
        cpu=core,
        interval_us=0.0,
        output="",
        changes=changes,
    )
    within = reaching_origin.within(ready, scenario, subject.adapter)
    return Arm(settings, python=subject.python, environment=variables or {}, within=within)
