"""What GOAWAY did to requests, from small records of both ends made by hand."""

from array import array

import pytest

from client_results import CONTROL, client
from clientprof.attribution.client_result import client_result
from clientprof.attribution.failures.failed_requests import failed_requests
from clientprof.attribution.failures.goaways import goaways
from clientprof.attribution.findings.rules import findings_of
from clientprof.attribution.trace_result import trace_result
from clientprof.model.close_reasons import CLIENT, IDLE, POLICY, place_of
from clientprof.model.failures import Cause, FailedRequest, Goaways
from clientprof.model.findings import Finding
from clientprof.model.run import RoundKind, Run
from recordings import columns, control_run, exchanges, recording_of, rounds, run_of

SERVER = (
    "number",
    "port",
    "opened_ns",
    "closed_ns",
    "reason",
    "requests",
    "answered",
    "last_received_ns",
    "multiplexed",
)


def ledger(reason: str = POLICY, *, multiplexed: int = 1, failed: int = 3, sound: int = 1) -> Run:
    """One connection; requests from 100 ns on fail at 900. The server takes three, at 200, and answers at 300, 301, ...;
    and it answered one of the warm-up."""
    whole = failed + sound
    asked = [(100, 900, 0, 200, 300 + n) for n in range(sound)] + [(100, 900, 1, 0, 0)] * failed
    answers = [(7, 50, 60), *((7, 200, 300 + n) for n in range(3))]
    return run_of(
        rounds((RoundKind.MEASURED, 0, whole, 100, 900)), exchanges(*asked),
        columns("write", ("started_ns", "ended_ns", "exchange", "connection"), [(150, 160, n, 1) for n in range(whole)]),
        columns("connection", ("opened_ns", "exchange"), [(10, -1)]), columns("port", ("connection", "number"), [(1, 4000)]),
        columns("server", SERVER, [(7, 4000, 10, 400, place_of(reason), 4, 4, 200, multiplexed)]),
        columns("answer", ("connection", "received_ns", "written_ns"), answers),
        {name: array("q") for name in ("step.started_ns", "step.enqueued_ns", "step.owner")},
        error_types=("RemoteProtocolError",),
    )  # fmt: skip


def test_what_the_server_answered_and_the_client_gave_up_is_counted_apart() -> None:
    run = ledger()
    failed = failed_requests(run)
    assert [(row.cause, row.goaway) for row in failed] == [(Cause.CLOSED_BY_SERVER, True)] * 3
    # Three answers after the start, one of them came to its request; that of the warm-up is nobody's loss.
    assert goaways(run, failed) == Goaways(connections=1, failed=3, taken=4, answered=4, lost=2)


def test_without_a_lost_answer_none_is_counted() -> None:
    run = ledger(sound=3)
    assert goaways(run, failed_requests(run)) == Goaways(connections=1, failed=3, taken=4, answered=4, lost=0)


@pytest.mark.parametrize(("reason", "multiplexed"), [(CLIENT, 1), (POLICY, 0), ("fault", 1)])
def test_a_connection_that_ends_otherwise_said_no_goaway(reason: str, multiplexed: int) -> None:
    run = ledger(reason, multiplexed=multiplexed)
    failed = failed_requests(run)
    assert failed
    assert not any(row.goaway for row in failed)
    assert goaways(run, failed) is None


def found(counts: Goaways | None, **parts: object) -> Finding | None:
    row = FailedRequest(1, "RemoteProtocolError", Cause.CLOSED_BY_SERVER, 5.0, 1, goaway=True)
    subject = client(failures=(row,) * 53, goaways=counts, **parts)
    return next((each for each in findings_of(subject, None) if each.id == "goaway"), None)


def test_the_finding_names_goaway_and_what_became_of_the_requests() -> None:
    finding = found(Goaways(connections=4, failed=53, taken=80, answered=80, lost=10))
    assert finding is not None
    assert finding.title == "53 requests of httpx failed because the server said GOAWAY"
    assert "10 failed although the server answered them, and 43 never reached it" in finding.claim
    assert found(None) is None


def many(failed: int, error: str = "RemoteProtocolError") -> Run:
    run = ledger(IDLE, failed=failed, sound=100 - failed)
    return Run(run.facts, run.columns) if error == "RemoteProtocolError" else run_of(run.columns, error_types=(error,))


def controls() -> tuple[Run, ...]:
    runs = [control_run(block=block, errors=8, count=100) for block in range(4)]
    return tuple(run_of(run.columns, client="httpx", lens="control", block=run.facts.block,
                        error_types=("RemoteProtocolError",)) for run in runs)  # fmt: skip


def test_a_ledger_run_with_more_failures_is_left_out_and_still_tells_why_they_happen() -> None:
    result = trace_result(recording_of(*controls(), many(40)))
    (about,) = result.clients
    assert about.ledger is None
    assert [notice.id for notice in result.notices].count("lens-disturbed") == 1
    assert (about.failures_disturbed, len(about.failures)) == (True, 40)
    assert about.goaways is not None
    (finding,) = (each for each in result.findings if each.id == "goaway")
    assert "more requests fail than without it (32 of 400)" in finding.evidence[-1]


def test_of_a_run_left_out_only_errors_that_happen_without_it_are_explained() -> None:
    result = trace_result(recording_of(*controls(), many(40, "TypeError")))
    (about,) = result.clients
    assert (about.failures, about.goaways, about.failures_disturbed) == ((), None, False)
    assert not [each for each in result.findings if each.id == "goaway"]


def test_a_run_like_the_control_is_no_different_from_others() -> None:
    recording = recording_of(*controls(), many(8))
    about = client_result(recording, "httpx", recording)
    assert (about.failures_disturbed, len(about.failures)) == (False, 8)
    assert about.control is not None
    assert found(Goaways(1, 3, 4, 4, 2), control=CONTROL) is not None


@pytest.mark.parametrize(
    ("count", "title"), [(1, "httpx closed 1 connection that"), (2, "httpx closed 2 connections that")]
)
def test_one_is_told_as_one(count: int, title: str) -> None:
    row = FailedRequest(1, "ReadError", Cause.CLOSED_BY_CLIENT, 5.0, 1)
    (finding,) = (
        each for each in findings_of(client(failures=(row,) * count), None) if each.id == "closed-under-a-request"
    )
    assert finding.title.startswith(title)
