"""Requests that failed without an instrument are told with what is known of them, and that nobody knows why."""

from dataclasses import replace

import pytest

from client_results import CONTROL, client
from clientprof.attribution.notices.unexplained_errors import errors_notice
from clientprof.model.failures import Cause, FailedRequest
from clientprof.model.recording import Recording
from clientprof.model.run import OriginTruth, Run
from recordings import control_run, recording_of

FAILED = client(control=replace(CONTROL, errors={"ReadError": 3}))
EXPLAINED = FailedRequest(0, "ReadError", Cause.CLOSED_BY_CLIENT, 1.0)


def recorded(*, failed: int = 3, ledger: bool = False, by_client: int | None = 412, asked: bool = True) -> Recording:
    run = control_run(errors=failed)
    truth = OriginTruth(0, 0, 0, 4, 1, 1, 1, 4, closed_by_server=7, closed_by_client=by_client) if asked else None
    runs = [Run(replace(run.facts, origin=truth), run.columns)]
    if ledger:
        runs.append(Run(replace(run.facts, lens="ledger", origin=truth), run.columns))
    return recording_of(*runs)


@pytest.mark.parametrize(("ledger", "why"), [(True, "no ReadError happened under it."), (False, "and it did not run.")])
def test_what_nobody_recorded_is_said_to_be_unknown_with_the_closings_by_the_origin(ledger: bool, why: str) -> None:
    told = errors_notice(recorded(ledger=ledger), FAILED)
    assert told is not None
    assert told.text.startswith("httpx: 3 ReadError. What their connections went through is not known")
    assert why in told.text
    assert told.text.endswith("the server closed 7 connections by its rules and the client 412.")


def test_errors_that_the_ledger_explains_are_only_counted() -> None:
    told = errors_notice(recorded(ledger=True), replace(FAILED, failures=(EXPLAINED,)))
    assert told is not None
    assert told.text == "httpx: 3 ReadError."


@pytest.mark.parametrize("recording", [recorded(by_client=None), recorded(asked=False), recorded(failed=0)])
def test_closings_that_nobody_counted_are_not_told(recording: Recording) -> None:
    told = errors_notice(recording, FAILED)
    assert told is not None
    assert "the server closed" not in told.text


def test_without_a_failed_request_there_is_no_notice() -> None:
    assert errors_notice(recorded(failed=0), client()) is None
