"""Rules about waiting: a sleep is a finding wherever it is, another wait only where nothing a request needs explains it."""

from dataclasses import replace

import pytest

from client_results import client, counter
from clientprof.attribution.findings.rules import findings_of
from clientprof.model.estimate import Estimate
from clientprof.model.findings import Finding
from clientprof.model.layers import Layer
from clientprof.model.ledger.off_cpu import OffCpu, OffCpuCost
from clientprof.model.phases import Phase
from clientprof.model.results import ClientResult, CounterRow, InFlight

GIVEN_ONCE = counter("assignments_per_request", 1.0, 1.0)


def waited(
    value_us: float = 5000.0, *, share: float = 0.4, spread: float = 0.1, phase: Phase = Phase.PREPARE,
    by: str = "asyncio.locks.Lock.acquire", explained: bool = False, kind: OffCpu = OffCpu.AWAITED,
) -> OffCpuCost:  # fmt: skip
    cost = Estimate(value_us, value_us * (1 - spread), value_us * (1 + spread), "us", 100)
    place = ("httpx._client", "AsyncClient.send", "httpx/_client.py", 1600, "package")
    return OffCpuCost(kind, Layer.API, *place, by, cost, phase, share, explained)


def found(
    *rows: OffCpuCost, counters: tuple[CounterRow, ...] = (GIVEN_ONCE,), baseline: ClientResult | None = None
) -> Finding | None:
    subject = client(off_cpu=rows, counters=counters, packages={"httpx": "0.28.1"})
    findings = findings_of(subject, None, baseline)
    assert len(findings) <= 1
    return findings[0] if findings else None


SLEEP = waited(by="asyncio.tasks.sleep")


@pytest.mark.parametrize("phase", [Phase.PREPARE, Phase.POOL, Phase.SERVER, Phase.BODY])
@pytest.mark.parametrize("explained", [True, False])
def test_a_sleep_is_a_finding_in_any_phase(phase: Phase, explained: bool) -> None:
    finding = found(replace(SLEEP, phase=phase, explained=explained))
    assert finding is not None
    assert (finding.id, finding.layer) == ("sleep-in-request", Layer.API)
    assert (finding.cost_us_per_request, finding.off_cpu_us_per_request) == (None, 5000.0)
    assert finding.culprits[0].permalink == "https://github.com/encode/httpx/blob/0.28.1/httpx/_client.py#L1600"
    assert "5,000 µs [4,500, 5,500] per request, 40.0\u00a0% of the wall time of a request" in finding.claim


@pytest.mark.parametrize(("share", "spread", "fires"), [(0.02, 0.1, True), (0.02, 0.6, False), (0.009, 0.0, False)])
def test_the_whole_interval_of_a_sleep_must_be_above_one_percent(share: float, spread: float, fires: bool) -> None:
    row = waited(by="asyncio.tasks.sleep", share=share, spread=spread)
    assert (found(row) is not None) is fires


def test_what_was_watched_in_too_few_requests_for_an_interval_is_no_finding() -> None:
    row = replace(SLEEP, us_per_request=Estimate(5000.0, None, None, "us", 3))
    assert found(row) is None


def test_a_thread_that_slept_is_not_a_task_s_wait() -> None:
    finding = found(waited(by="asyncio.tasks.sleep", kind=OffCpu.BLOCKED))
    assert finding is not None
    assert finding.id == "blocking-call"


def test_the_rest_is_nobody_s_finding() -> None:
    assert found(replace(waited(), module="", function="", by="")) is None


def test_a_wait_that_nothing_explains_is_a_finding() -> None:
    finding = found(waited())
    assert finding is not None
    assert finding.id == "wait-in-request"
    assert "in asyncio.locks.Lock.acquire for 5,000 µs" in finding.claim
    assert "most of it in phase prepare" in finding.evidence[0]


@pytest.mark.parametrize(("share", "fires"), [(0.06, True), (0.05, False)])
def test_a_wait_must_be_above_five_percent(share: float, fires: bool) -> None:
    assert (found(waited(share=share)) is not None) is fires


def test_an_explained_wait_is_none() -> None:
    assert found(waited(explained=True)) is None


@pytest.mark.parametrize("phase", [Phase.POOL, Phase.SEND, Phase.RELEASE])
@pytest.mark.parametrize(
    ("counters", "fires"),
    [((GIVEN_ONCE,), True), ((counter("assignments_per_request", 1.2, 1.0),), False), ((), False)],
)
def test_with_the_connection_in_hand_it_must_be_known_to_be_given_to_one_at_a_time(
    phase: Phase, counters: tuple[CounterRow, ...], fires: bool
) -> None:
    assert (found(waited(phase=phase), counters=counters) is not None) is fires
    assert found(waited(phase=Phase.HEADERS), counters=counters) is not None


@pytest.mark.parametrize(("baseline_us", "fires"), [(1000.0, True), (2000.0, False)])
def test_a_wait_that_the_baseline_has_too_is_no_difference(baseline_us: float, fires: bool) -> None:
    assert (found(waited(), baseline=client(off_cpu=(waited(baseline_us),))) is not None) is fires
    assert found(SLEEP, baseline=client(off_cpu=(SLEEP,))) is not None


@pytest.mark.parametrize(
    ("flight", "by", "phase", "expected"),
    [
        (
            InFlight(512, 100, 100, streams=True),
            "anyio._backends._asyncio.Semaphore.acquire",
            Phase.SEND,
            "stream-limit",
        ),
        (InFlight(512, 100, 100, streams=True), "", Phase.POOL, "stream-limit"),
        (InFlight(512, 100, 100, streams=True), "asyncio.locks.Lock.acquire", Phase.SEND, "wait-in-request"),
        (InFlight(100, 100, 100, streams=True), "asyncio.locks.Semaphore.acquire", Phase.SEND, "wait-in-request"),
        (InFlight(512, 100, 100), "asyncio.locks.Semaphore.acquire", Phase.SEND, "wait-in-request"),
        (InFlight(512, 100, 100, streams=True), "asyncio.locks.Semaphore.acquire", Phase.BODY, "wait-in-request"),
    ],
)
def test_a_wait_for_a_stream_of_http2_is_told_as_that(flight: InFlight, by: str, phase: Phase, expected: str) -> None:
    subject = client(off_cpu=(waited(by=by, phase=phase),), counters=(GIVEN_ONCE,), in_flight=flight)
    assert [each.id for each in findings_of(subject, None, None)] == [expected]


@pytest.mark.parametrize(
    ("allowed", "most", "claim", "server_s"),
    [
        (10, 10, "The server allows 10 on a connection (its SETTINGS), and that is the bound.", True),
        (250, 100, "no more than 100 were under way, so the bound is the client's own.", False),
        (10, 30, "The server allows 10 on a connection (its SETTINGS); the client has several connections.", True),
        (None, 10, "has ended.", True),
    ],
)
def test_the_limit_of_streams_is_what_the_server_told(allowed: int, most: int, claim: str, server_s: bool) -> None:
    flight = InFlight(512, most, most, streams=True, allowed=allowed)
    subject = client(off_cpu=(waited(by="Semaphore.acquire", phase=Phase.SEND),), in_flight=flight)
    (finding,) = findings_of(subject, None, None)
    assert finding.claim.endswith(claim)
    assert ("A server that is yours can allow more" in finding.remedy) is server_s
    told = f"MAX_CONCURRENT_STREAMS = {allowed} in the server's SETTINGS"
    assert (told in finding.evidence) is (allowed is not None)
