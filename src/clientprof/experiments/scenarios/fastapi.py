"""``clientprof scenario fastapi``: five ways of calling another server from a FastAPI service."""

import importlib.util
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from clientprof.attribution.programs.route_results import service_result
from clientprof.experiments.programs.route_plan import MEASURED, ROUTES, ServicePlan, ServiceStep
from clientprof.experiments.programs.route_run import run_service
from clientprof.experiments.scenarios import (
    Presented,
    ScenarioOutcome,
    ScenarioRequest,
    ScenarioUnavailable,
    Watch,
)
from clientprof.model.recording import Recording
from clientprof.report.exporters.summaries.route_summary import to_service_summary
from clientprof.report.pages.route_page import render_service

if TYPE_CHECKING:
    from rich.console import Console

NAME = "fastapi"
STORY = """\
A FastAPI app under uvicorn answers 64 requests at once, and each of its routes asks another server, which takes 20 ms, in
one of the ways people do it: not at all (/ping), with a shared httpx.AsyncClient, with a shared aiohttp.ClientSession, with
requests inside an async function, or with requests in a sync function that FastAPI moves to its thread pool. The load comes
from wrk, or from clientprof's own generator where wrk is not installed. A pass without instruments gives what users get:
requests per second, latency percentiles, CPU. A second pass looks inside, by `clientprof run` and with the app unchanged:
who held the event loop while requests stood ready, and was it working or blocked? One route will be far behind the others
although its CPU is idle; two that look alike in the code will be far apart."""

_NEEDED = ("fastapi", "uvicorn", "requests")


def check() -> None:
    """Refuse where the app's packages are missing."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise ScenarioUnavailable(
            f"the scenario {NAME} needs {', '.join(_NEEDED)}; not installed: {', '.join(missing)}; "
            "run `pip install 'clientprof[service]'`"
        )


def run(request: ScenarioRequest, watch: Watch) -> ScenarioOutcome:
    """Measure all routes; ``quick`` has one short block and fewer requests in flight."""
    plan = ServicePlan(seed=request.seed, command=request.command)
    if request.quick:
        plan = replace(plan, concurrency=16, seconds=1.0, blocks=1)

    def tell(step: ServiceStep, done: int, of: int) -> None:
        watch(f"{'measured' if step.lens == MEASURED else 'unmeasured'}: /{step.route}", done, of)

    outcome = run_service(plan, tell)
    return ScenarioOutcome(outcome.recording, outcome.interrupted, outcome.failure)


def present(recording: Recording) -> Presented:
    """The service's table and page."""
    result = service_result(recording, ROUTES)

    def print_result(console: "Console", files: Mapping[str, str]) -> None:
        from clientprof.report.terminal.routes import print_service

        print_service(replace(result, files=files), console)

    return Presented(to_service_summary(result), render_service(result), print_result)
