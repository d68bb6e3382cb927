"""One short real run of the service, which many tests look at."""

from pathlib import Path

import pytest

from clientprof.attribution.programs.route_results import service_result
from clientprof.experiments.programs.route_plan import ROUTES, ServicePlan
from clientprof.experiments.programs.route_run import run_service
from clientprof.model.programs.routes import ServiceResult
from clientprof.model.recording import Recording
from clientprof.recording.recording_file import read_recording, write_recording
from made_once import made_once


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """Every route, 8 requests in flight, driven by clientprof's own load generator."""

    def run(folder: Path) -> None:
        plan = ServicePlan(concurrency=8, seconds=0.6, blocks=1, generator="clientprof")
        outcome = run_service(plan, lambda step, done, of: None)
        assert (outcome.failure, outcome.interrupted) == (None, False)
        assert outcome.recording is not None
        write_recording(folder / "recording", outcome.recording.manifest, outcome.recording.runs)

    return read_recording(made_once(tmp_path_factory, "service", run) / "recording")


@pytest.fixture(scope="session")
def served(recorded: Recording) -> ServiceResult:
    """The run, analysed."""
    return service_result(recorded, ROUTES)
