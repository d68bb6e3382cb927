"""Scenarios that measure several clients, or one in several ways, side by side, and tell it in one table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from clientprof.attribution.differences.story_columns import Column, rows_of
from clientprof.attribution.trace_result import trace_result
from clientprof.clients import CLIENTS
from clientprof.experiments.environments.client_specs import ClientSpec
from clientprof.experiments.environments.errors import EnvironmentProblem
from clientprof.experiments.environments.subjects import Subject, prepare
from clientprof.experiments.feasible import obstacle
from clientprof.experiments.scenarios import (
    Presented,
    ScenarioOutcome,
    ScenarioRequest,
    ScenarioUnavailable,
    Watch,
)
from clientprof.experiments.traces.trace_plan import TracePlan, WorkerStep
from clientprof.experiments.traces.trace_run import run_trace
from clientprof.model.recording import Recording
from clientprof.model.results import TraceResult
from clientprof.model.story import Story
from clientprof.report.exporters.summaries.summary import to_summary
from clientprof.report.pages.trace_page import render
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.process import Event

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True, slots=True)
class Part:
    """One way of doing it: the name it goes by, the client as on the command line, and the load."""

    name: str
    client: str
    load: Scenario


def each_client(load: Scenario) -> tuple[Part, ...]:
    """The same load for httpx, httpx2 and aiohttp, a part each."""
    return tuple(Part(name, name, load) for name in ("httpx", "httpx2", "aiohttp"))


@dataclass(frozen=True, slots=True)
class Tour:
    """A scenario of several parts; it satisfies ``NamedScenario``.

    ``baseline`` is the part that ratios are over, None where the table has none. ``lenses`` besides control explain it,
    where there is time. ``rounds`` None leaves their number to each lens. ``mirrored`` False has every part once, for loads
    of half a minute. ``remarks`` are sentences from the analysed result. ``quick`` shortens a load.
    """

    NAME: str
    STORY: str
    parts: tuple[Part, ...]
    baseline: str | None
    columns: tuple[Column, ...]
    lenses: tuple[str, ...] = ("control", "ledger")
    rounds: int | None = None
    cold_rounds: bool = False
    mirrored: bool = True
    remarks: Callable[[TraceResult, Recording], tuple[str, ...]] = lambda result, recording: ()
    quick: Callable[[Scenario], Scenario] = lambda load: load

    def check(self) -> None:
        """Refuse what a client cannot do."""
        for part in self.parts:
            lack = obstacle(CLIENTS[ClientSpec.parse(part.client, CLIENTS).adapter], part.load)
            if lack is not None:
                raise ScenarioUnavailable(lack)

    def run(self, request: ScenarioRequest, watch: Watch) -> ScenarioOutcome:
        """Measure all parts in mirror order, then once under each further lens."""

        def tell(step: WorkerStep, done: int, of: int, event: Event | None) -> None:
            if event is None:
                watch(f"{step.lens}: {step.client}", done, of)

        try:
            subjects = self._subjects(request, lambda text: watch(text, 0, 1))
        except EnvironmentProblem as error:
            return ScenarioOutcome(None, failure=str(error))
        names = [part.name for part in self.parts]
        plan = TracePlan(
            client=names[0],
            beside=tuple(names[1:]),
            baseline=self.baseline,
            scenario=subjects[0].scenario or self.parts[0].load,
            lenses=("control",) if request.quick else self.lenses,
            rounds=self.rounds,
            blocks=1,
            seed=request.seed,
            command=request.command,
            subjects=subjects,
            cold_rounds=self.cold_rounds,
            mirrored=self.mirrored,
            as_far=True,
        )
        outcome = run_trace(plan, tell)
        recording = outcome.recording
        if recording is not None:
            recording = Recording(replace(recording.manifest, scenario=self.NAME), recording.runs)
        return ScenarioOutcome(recording, outcome.interrupted, outcome.failure)

    def _subjects(self, request: ScenarioRequest, say: Callable[[str], None]) -> tuple[Subject, ...]:
        specs = [ClientSpec.parse(part.client, CLIENTS) for part in self.parts]
        different = tuple(dict.fromkeys(specs))
        places = dict(zip(different, prepare(different, None, say), strict=True))
        loads = [self.quick(part.load) if request.quick else part.load for part in self.parts]
        return tuple(
            replace(places[spec], label=part.name, scenario=replace(load, **request.conditions))  # type: ignore[arg-type]
            for part, spec, load in zip(self.parts, specs, loads, strict=True)
        )

    def present(self, recording: Recording) -> Presented:
        """The tour's table, and the page of everything else."""
        result = trace_result(recording)
        rows = rows_of(result, recording, self.columns)
        columns = tuple(column for column, _ in self.columns)
        story = Story(self.NAME, self.STORY.replace("\n", " "), columns, rows, self.remarks(result, recording))
        result = replace(result, title=f"Scenario {self.NAME}", story=story)

        def print_result(console: "Console", files: Mapping[str, str]) -> None:
            from clientprof.report.terminal.story import print_story

            print_story(replace(result, files=files), console)

        return Presented(to_summary(result), render(result), print_result)
