"""A recording with whatever is left of it is analysed: nothing missing is an exception."""

from dataclasses import replace

import pytest

from clientprof.attribution.trace_result import trace_result
from clientprof.model.layers import Layer
from clientprof.model.recording import Recording
from clientprof.model.run import FLOOR, Run
from clientprof.proof.plan import ExchangePlan, Plan
from clientprof.proof.scripted_run import play
from clientprof.report.exporters.summaries.summary import to_summary
from clientprof.report.pages.trace_page import render
from recordings import TURN, boundary, code, control_run, recording_of, run_of, sample_run

POOL = code("x.pool")


def whole(client: str = "httpx", *, failing: int = 0, count: int = 4) -> list[Run]:
    played = play(Plan((ExchangePlan(),) * 6))[0]
    ledger = run_of(
        played.columns, client=client, arm=client, lens="ledger", codes=played.facts.codes,
        boundaries=played.facts.boundaries, error_types=("PoolTimeout",),
    )  # fmt: skip
    sample = sample_run(
        [[TURN, POOL]], [(n, 1000, 0) for n in range(50)], boundary(POOL, Layer.POOL), client=client, arm=client
    )
    count_run = run_of(control_run(count=count).columns, client=client, arm=client, lens="count")
    control = [control_run(100.0 + n, client, block=n, errors=failing, count=count) for n in range(3)]
    return [*control, ledger, sample, count_run]


def both() -> list[Run]:
    again = [control_run(100.0 + n, "aiohttp again", block=n) for n in range(3)]
    return [*whole("httpx"), *whole("aiohttp"), *again]


def shown(recording: Recording) -> None:
    """The result can be rendered and exported, so no part of it is a surprise to the report."""
    result = trace_result(recording)
    to_summary(result)
    assert render(result)


def test_a_whole_recording_has_every_part() -> None:
    result = trace_result(recording_of(*both(), baseline="aiohttp"))
    first = result.clients[0]
    assert first.name == "httpx"
    assert first.control is not None
    assert first.ledger is not None
    assert first.profile is not None
    assert len(result.comparisons) == 1
    assert result.title == "httpx against aiohttp"


def beside_the_floor(errors: int) -> Recording:
    clients = recording_of(*both(), baseline="aiohttp")
    floor = [control_run(20.0, FLOOR, block=n, errors=errors) for n in range(3)]
    return Recording(clients.manifest, (*clients.runs, *floor))


def test_the_floor_is_beside_the_clients_and_none_of_them() -> None:
    result = trace_result(beside_the_floor(errors=0))
    assert [client.name for client in result.clients] == ["httpx", "aiohttp"]
    assert result.floor is not None
    assert result.floor.cpu_us_per_request.value == pytest.approx(20.0)
    assert result.floor.times == {"httpx": pytest.approx(101 / 20), "aiohttp": pytest.approx(101 / 20)}


def test_a_floor_with_failed_requests_is_not_shown() -> None:
    assert trace_result(beside_the_floor(errors=1)).floor is None


def test_of_an_opaque_client_nothing_is_said_that_only_its_inside_could_tell() -> None:
    def opaque(run: Run) -> Run:
        return Run(replace(run.facts, opaque=run.facts.client == "httpx"), run.columns)

    plain = trace_result(recording_of(*both(), baseline="aiohttp"))
    result = trace_result(recording_of(*map(opaque, both()), baseline="aiohttp"))
    assert plain.comparisons[0].gap
    assert result.comparisons[0].gap == ()
    assert result.comparisons[0].effect == plain.comparisons[0].effect
    assert plain.clients[0].unattributed_share is not None
    assert result.clients[0].unattributed_share is None
    assert {finding.id for finding in result.findings} <= {
        "keepalive-eviction",
        "cold-connect-storm",
        "timeouts",
        "pool-timeout",
    }
    assert [notice.text for notice in result.notices if notice.id == "opaque"] == [
        "httpx 0.28.1 is opaque: its work is done outside Python."
    ]
    assert not {"opaque"} & {notice.id for notice in plain.notices}


@pytest.mark.parametrize("lens", ["control", "ledger", "sample", "count"])
def test_each_lens_may_be_missing(lens: str) -> None:
    shown(recording_of(*(run for run in both() if run.facts.lens != lens), baseline="aiohttp"))


@pytest.mark.parametrize("lens", ["control", "ledger", "sample", "count"])
def test_each_lens_may_be_all_there_is(lens: str) -> None:
    shown(recording_of(*(run for run in both() if run.facts.lens == lens), baseline="aiohttp"))


@pytest.mark.parametrize("client", ["httpx", "aiohttp"])
def test_each_client_may_be_missing(client: str) -> None:
    complete = recording_of(*both(), baseline="aiohttp")
    left = tuple(run for run in complete.runs if run.facts.client != client)
    shown(Recording(complete.manifest, left))


def test_the_baseline_s_second_arm_alone_is_no_measurement_of_it() -> None:
    runs = [*whole("httpx"), control_run(100.0, "aiohttp again")]
    result = trace_result(recording_of(*runs, baseline="aiohttp"))
    assert [client.name for client in result.clients] == ["httpx"]


def test_no_client_at_all_is_a_result_without_clients() -> None:
    nothing = Recording(recording_of(*both(), baseline="aiohttp").manifest, ())
    assert trace_result(nothing).clients == ()
    shown(nothing)


def test_zero_successful_requests_are_shown_as_failures() -> None:
    recording = recording_of(*whole("httpx", failing=4))
    result = trace_result(recording)
    assert result.clients[0].control is not None
    assert result.clients[0].control.ok == 0
    assert "errors" in {notice.id for notice in result.notices}
    shown(recording)


def test_failures_forbid_a_verdict() -> None:
    runs = [*whole("httpx", failing=1), *(run for run in both() if run.facts.client == "aiohttp")]
    effect = trace_result(recording_of(*runs, baseline="aiohttp")).comparisons[0].effect
    assert effect.verdict == "no verdict"
    assert "failed" in effect.reason


def test_a_single_request_in_a_single_block_is_enough() -> None:
    shown(recording_of(control_run(100.0, count=1)))


def test_empty_columns_are_enough() -> None:
    shown(recording_of(*(run_of(lens=lens) for lens in ("control", "ledger", "sample", "count", "pyinstrument"))))


def test_an_incomplete_run_says_so() -> None:
    result = trace_result(recording_of(*whole(), complete=False))
    assert not result.complete
    assert "incomplete" in {notice.id for notice in result.notices}
