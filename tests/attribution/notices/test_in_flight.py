"""How many requests are in flight is the origin's word, and clients that differ in it get no verdict."""

from dataclasses import replace

import pytest

from client_results import client
from clientprof.attribution.notices.agreement import different_requests
from clientprof.attribution.notices.in_flight import in_flight_notices, in_flight_of, unequal_in_flight
from clientprof.model.phases import Mark
from clientprof.model.recording import Recording
from clientprof.model.results import InFlight
from clientprof.model.run import OriginTruth, RoundKind, Run
from recordings import columns, control_run, recording_of, rounds


def run_with(measured: int, opening: int = 0, *, asked: int = 512, http2: int = 0, arm: str = "httpx") -> Run:
    run = control_run(arm=arm)
    truth = OriginTruth(0, 0, 0, 4, 0, 1, 1, measured, opening, http2)
    return Run(replace(run.facts, origin=truth, concurrency=asked), run.columns)


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (run_with(100), InFlight(512, 100, 100)),
        (run_with(20, 100), InFlight(512, 100, 20)),  # it closed 80 connections after its first round
        (run_with(103, asked=64), InFlight(64, 64, 64)),  # connections to spare carry nothing
        (run_with(1, http2=4), None),  # many requests on one connection, and no stamps
        (control_run(), None),  # another server
    ],
)
def test_as_many_are_in_flight_as_connections_were_ever_open_at_most_as_many_as_were_asked(
    run: Run, expected: InFlight | None
) -> None:
    assert in_flight_of(recording_of(run), "httpx") == expected


@pytest.mark.parametrize("marked", [False, True])
def test_over_http2_a_request_is_in_flight_until_the_last_of_its_answer_is_here(marked: bool) -> None:
    """The third of three comes to the server when the first has been answered, and its call has not returned."""
    run = run_with(1, http2=3)
    came, done, ended = (10, 20, 55), (50, 70, 90), (60, 75, 95)
    rows = {
        **columns("exchange", ("received_ns", "ended_ns"), list(zip(came, ended, strict=True))),
        **rounds((RoundKind.MEASURED, 0, 3, 0, 100)),
    }
    if marked:
        rows |= columns("mark", ("at_ns", "exchange", "kind"), [(at, n, int(Mark.DONE)) for n, at in enumerate(done)])
    found = in_flight_of(recording_of(Run(run.facts, {**run.columns, **rows})), "httpx")
    most = 2 if marked else 3
    assert found == InFlight(512, most, most, streams=True)


def test_requests_at_a_rate_have_no_number_at_once() -> None:
    recording = recording_of(run_with(100))
    manifest = replace(recording.manifest, workload=(("workload", "scenario", "c64/1k/requests=100/rate=50"),))
    assert in_flight_of(Recording(manifest, recording.runs), "httpx") is None


@pytest.mark.parametrize(
    ("ours", "forced", "said"), [(10, False, 1), (10, True, 0), (100, False, 0), (91, False, 0), (90, False, 1)]
)
def test_more_than_a_tenth_apart_there_is_a_notice_and_no_verdict_unless_it_is_forced(
    ours: int, forced: bool, said: int
) -> None:
    recording = recording_of(run_with(ours), run_with(100, arm="aiohttp"), baseline="aiohttp")
    recording = Recording(replace(recording.manifest, forced=forced), recording.runs)
    both = [
        client(in_flight=in_flight_of(recording, "httpx")),
        client(name="aiohttp", in_flight=in_flight_of(recording, "aiohttp")),
    ]
    assert len(unequal_in_flight(recording, both)) == said
    told = [notice.id for notice in in_flight_notices(recording, both)]
    assert told == (["in-flight-differs"] if said or forced else [])


def in_threads(name: str, *most: int, asked: int = 64) -> list[Run]:
    """Runs that came to these numbers."""
    runs = [run_with(each, asked=asked, arm=name) for each in most]
    return [Run(replace(run.facts, loop=f"none: {asked} threads"), run.columns) for run in runs]


def told_of(runs: list[Run], ours: str, theirs: str) -> tuple[str, ...]:
    recording = recording_of(*runs, baseline=theirs)
    both = [client(name=name, in_flight=in_flight_of(recording, name)) for name in (ours, theirs)]
    found = unequal_in_flight(recording, both)
    assert [notice.id for notice in in_flight_notices(recording, both)] == ["in-flight-differs"] * len(found)
    return found


NIQUESTS = in_threads("niquests", 10, 10, 10, 10)


@pytest.mark.parametrize(
    ("ours", "theirs", "why"),
    [
        (NIQUESTS, in_threads("requests", 50, 64, 46, 25), "it has never more, the other never fewer than 25"),
        (NIQUESTS, [run_with(64, asked=64, arm="requests")], "a client of a loop has its own number"),
        (in_threads("niquests", 64, 64, 64), in_threads("requests", 10, 10, 10), "either may be the bound one"),
    ],
)
def test_threads_that_a_client_keeps_from_the_wire_get_no_verdict(ours: list[Run], theirs: list[Run], why: str) -> None:
    assert len(told_of([*ours, *theirs], "niquests", "requests")) == 1, why


@pytest.mark.parametrize(
    ("ours", "theirs", "why"),
    [
        (in_threads("httpx", 62, 25, 20), in_threads("requests", 50, 64, 46), "neither is bound, both could have 64"),
        (in_threads("httpx", 20, 21, 22), in_threads("requests", 50, 64, 46), "faster by chance is no bound"),
        (in_threads("httpx", 10, 10, 10), in_threads("requests", 50, 64, 9), "the other has fewer at times"),
        (in_threads("httpx", 10, 10), in_threads("requests", 50, 64, 46), "two runs may come to the same by chance"),
        (in_threads("httpx", 3, 3, 3, asked=4), in_threads("requests", 4, 4, 4, asked=4), "one began a little later"),
        (in_threads("httpx", 64, 64, 64), in_threads("requests", 64, 64, 64), "as many as there are threads"),
        (in_threads("httpx", 10, 10, 10), in_threads("requests", 10, 10, 10), "both bound alike, as by --limit"),
    ],
)
def test_threads_that_differ_by_chance_keep_their_verdict(ours: list[Run], theirs: list[Run], why: str) -> None:
    assert told_of([*ours, *theirs], "httpx", "requests") == (), why


def test_a_client_that_uses_fewer_connections_in_measured_rounds_is_told_and_keeps_its_verdict() -> None:
    recording = recording_of(run_with(20, 100))
    one = client(in_flight=in_flight_of(recording, "httpx"))
    assert [notice.id for notice in in_flight_notices(recording, [one])] == ["fewer-in-flight"]
    assert unequal_in_flight(recording, [one]) == ()


@pytest.mark.parametrize(("served", "refused", "said"), [(6, 2, True), (6, 0, False), (3, 1, False)])
def test_requests_that_a_client_repeats_after_a_refusal_are_told_as_such(served: int, refused: int, said: bool) -> None:
    run = control_run()
    truth = OriginTruth(0, 0, 0, served, 0, 1, 1, 1, refused=refused)
    text = different_requests(recording_of(Run(replace(run.facts, origin=truth), run.columns)), "httpx")
    assert text is not None
    assert f"served {served}" in text
    assert ("repeats such requests by itself" in text) is said
