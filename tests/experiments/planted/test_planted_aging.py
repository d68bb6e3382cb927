"""A cost that grows with the requests or connections made before is told by function and slope; a sound client has none."""

import tempfile
from pathlib import Path

import pytest

from clientprof.attribution.client_result import client_result
from clientprof.attribution.differences.story_columns import Told
from clientprof.attribution.findings.rules import findings_of
from clientprof.experiments.scenarios.soak import LOAD, handshake_slope, slope
from clientprof.model.recording import Manifest, Recording
from clientprof.model.run import Run
from clientprof.origin.options import Options
from clientprof.origin.process import OriginProcess
from clientprof.workload.changes import Change
from clientprof.workload.process import run_worker
from clientprof.workload.settings import WorkerSettings
from unsteady import hold

PLANTS = str(Path(__file__).parents[1] / "plants" / "aging.py")
pytestmark = pytest.mark.slow
ROUNDS = 24


def soaked(client: str, *changes: Change, lenses: tuple[str, ...] = ("control", "sample")) -> Told:
    """The client's result under the load of the scenario, in fewer rounds."""
    runs: list[Run] = []
    for lens in lenses:
        with (
            OriginProcess(Options(tls=True, max_requests_per_connection=LOAD.close_after)) as origin,
            tempfile.TemporaryDirectory() as folder,
        ):
            settings = WorkerSettings(
                client=client, adapter=client, lens=lens, arm=client, block=0, urls=(f"{origin.ready.base_url}/1k",),
                scenario=LOAD, cold=False, opening=LOAD.concurrency, ca_file=origin.ready.ca_file, expected_status=200,
                expected_bytes=1024, rounds=ROUNDS, max_rounds=ROUNDS, min_cpu_s=0.0, max_seconds=60.0, seed=1, cpu=None,
                interval_us=1500.0, output=str(Path(folder, "run")), changes=changes,
            )  # fmt: skip
            runs.append(run_worker(settings, lambda event: None, timeout_s=120.0))
    manifest = Manifest(
        schema="", created="", command=(), seed=1, complete=True, tool_version="", baseline=None, clients=(client,),
        environment=(), workload=(),
    )  # fmt: skip
    recording = Recording(manifest, tuple(runs))
    return Told(client_result(recording, client), None, recording)


def test_a_sound_client_costs_as_much_at_last_as_at_first() -> None:
    told = soaked("httpx2", lenses=("control", "sample", "ledger"))
    assert not [row for row in told.client.aging if row.grows]
    found = {finding.id for finding in findings_of(told.client, None)}
    assert not found & {"cost-grows-with-age", "tls-cost-grows"}


def test_a_list_that_every_request_scans_is_named_with_its_slope() -> None:
    told = soaked("aiohttp", Change(file=PLANTS, name="scans_what_it_keeps"))
    growing = [row for row in told.client.aging if row.grows and row.location is not None]
    assert growing
    assert growing[0].location is not None
    assert growing[0].location.function.startswith("scan_all")
    assert growing[0].slope is not None
    # What is scanned is as long as the requests made before; timed by itself, its CPU grows with a slope of 0.95 to 0.97.
    assert growing[0].slope.low is not None
    assert growing[0].slope.high is not None
    hold(growing[0].slope.low <= 1.0 <= growing[0].slope.high, f"slope {growing[0].slope}, 1 is true")
    finding = next(each for each in findings_of(told.client, None) if each.id == "cost-grows-with-age")
    assert "scan_all" in finding.title
    whole = slope(told)
    assert whole is not None
    # Most of a request is there from the first on, so all of it grows more slowly than the part that does.
    assert 0.1 < whole < growing[0].slope.value


def test_handshakes_that_get_dearer_are_named_with_their_slope() -> None:
    told = soaked("aiohttp", Change(file=PLANTS, name="handshakes_get_dearer"), lenses=("control", "ledger", "sample"))
    growth = handshake_slope(told)
    assert growth is not None
    assert growth > 0.3
    found = {finding.id: finding for finding in findings_of(told.client, None)}
    assert "tls-cost-grows" in found
    assert "cost-grows-with-age" in found
    assert "wrap_bio" in found["cost-grows-with-age"].title
