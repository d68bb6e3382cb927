"""The load generators count what they did: against the origin's own log."""

from dataclasses import replace

import pytest

from clientprof.origin.process import OriginProcess
from clientprof.workload.programs.fastapi_app import wrk
from clientprof.workload.programs.fastapi_app.load_process import LoadError, run_load
from clientprof.workload.programs.fastapi_app.load_settings import LoadOutcome, LoadSettings


def load(
    origin: OriginProcess,
    path: str,
    *,
    requests: int | None = 40,
    seconds: float | None = None,
    generator: str = "clientprof",
) -> LoadOutcome:
    settings = LoadSettings(origin.ready.port, path, 4, seconds, requests, 10.0)
    return run_load(settings, generator=generator, cpu=None)


def test_so_many_requests_are_sent_as_were_asked_for(origin: OriginProcess) -> None:
    before = origin.journal()
    outcome = load(origin, "/1k")
    seen = origin.journal().since(before)
    assert (outcome.finished, outcome.errors, sum(outcome.latency_count)) == (40, {}, 40)
    assert (seen.requests, seen.accepts) == (40, 4)


def test_a_load_by_time_waits_for_the_answers_under_way(origin: OriginProcess) -> None:
    before = origin.journal()
    outcome = load(origin, "/delay/300/1k", requests=None, seconds=0.2)
    seen = origin.journal().since(before)
    # Each of four connections sent one; its answer came when the time was over.
    assert (outcome.finished, outcome.errors, sum(outcome.latency_count)) == (0, {}, 4)
    assert seen.responses == 4
    assert min(outcome.latency_us) >= 300_000


def test_answers_of_another_status_are_errors_and_no_latencies(origin: OriginProcess) -> None:
    outcome = load(origin, "/status/503")
    assert (outcome.finished, outcome.errors, outcome.latency_us) == (0, {"status": 40}, ())


def test_closed_connections_are_errors_and_the_load_goes_on(origin: OriginProcess) -> None:
    outcome = load(origin, "/fault/reset", requests=8)
    assert (outcome.finished, outcome.errors) == (0, {"closed": 8})


def test_nobody_listening_is_an_error_of_its_own() -> None:
    settings = LoadSettings(1, "/", 1, 0.2, None, 5.0)
    outcome = run_load(settings, generator="clientprof", cpu=None)
    assert outcome.finished == 0
    assert set(outcome.errors) == {"connect"}


def test_what_wrk_prints_is_read() -> None:
    text = "Running 2s test\nclientprof 2000123 12 2 0 1 0 0\nclientprof 900 7\nclientprof 1500 5\nRequests/sec: 6\n"
    outcome = wrk.parse(text, 5)
    assert outcome == LoadOutcome("wrk", 2_000_123_000, 10, {"status": 2, "read": 1}, (900, 1500), (7, 5), 5)
    assert outcome.answered == 12


def test_answers_are_counted_whatever_their_status_and_never_from_wrks_corrected_histogram() -> None:
    own = LoadOutcome("clientprof", 1, 10, {"status": 2, "closed": 1}, (900, 1500), (7, 5), 5)
    assert own.answered == 7 + 5 + 2
    assert replace(own, generator="wrk").answered == 10 + 2


@pytest.mark.parametrize(
    "text", ["", "unable to connect", "clientprof 1 2\n", "clientprof 1 2 0 0 0 0 0\nclientprof 7\n"]
)
def test_other_output_of_wrk_is_refused(text: str) -> None:
    with pytest.raises(wrk.WrkError, match="no figures"):
        wrk.parse(text, None)


@pytest.mark.skipif(wrk.find_wrk() is None, reason="wrk is not installed")
def test_wrk_itself_counts_as_the_origin_does(origin: OriginProcess) -> None:
    before = origin.journal()
    outcome = load(origin, "/delay/5/1k", requests=None, seconds=1, generator="wrk")
    seen = origin.journal().since(before)
    assert outcome.errors == {}
    # What was under way when the time was up is not among wrk's.
    assert seen.requests - 4 <= outcome.finished <= seen.requests
    assert min(outcome.latency_us) >= 5_000


def test_a_generator_that_fails_says_so(origin: OriginProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wrk, "find_wrk", lambda: None)
    with pytest.raises(LoadError, match="wrk is not installed"):
        load(origin, "/1k", requests=None, seconds=1, generator="wrk")
