"""One short real run of the service, which many tests look at."""

import pytest

from clientprof.attribution.programs.route_results import service_result
from clientprof.experiments.programs.route_plan import ROUTES, ServicePlan
from clientprof.experiments.programs.route_run import run_service
from clientprof.model.programs.routes import ServiceResult
from clientprof.model.recording import Recording


@pytest.fixture(scope="session")
def recorded() -> Recording:
    """Every route, 8 requests in flight, driven by clientprof's own load generator."""
    plan = ServicePlan(concurrency=8, seconds=0.6, blocks=1, generator="clientprof")
    outcome = run_service(plan, lambda step, done, of: None)
    assert (outcome.failure, outcome.interrupted) == (None, False)
    assert outcome.recording is not None
    return outcome.recording


@pytest.fixture(scope="session")
def served(recorded: Recording) -> ServiceResult:
    """The run, analysed."""
    return service_result(recorded, ROUTES)
