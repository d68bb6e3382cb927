"""What clients were built with stands beside what the load needed of them: requests and connections open at once."""

from array import array
from dataclasses import replace

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.programs.recording import ClientName
from programs_by_hand import HTTPX, Made, Program

CALLS = [Made(0, 50, instance=0), Made(10, 60, instance=0), Made(20, 70, instance=1)]


def most(program: Program) -> list[int | None]:
    return [row.most_connections for row in program.result().settings]


def test_connections_that_were_open_together_are_counted_for_the_client_whose_requests_opened_them() -> None:
    three = [(0, 1, 90), (1, 11, 95), (1, 91, 99)]
    assert most(Program(CALLS, clients_built=1, connections=three)) == [2]


def test_a_connection_that_is_never_closed_stays_open() -> None:
    assert most(Program(CALLS, clients_built=1, connections=[(0, 1, 0), (1, 11, 0), (1, 91, 99)])) == [3]


def test_the_next_connection_at_the_instant_of_a_close_is_not_open_beside_it() -> None:
    assert most(Program(CALLS, clients_built=1, connections=[(0, 1, 40), (1, 40, 60)])) == [1]


def test_objects_that_another_client_builds_for_itself_are_not_the_program_s() -> None:
    recording = Program(CALLS, clients_built=2).recording()
    (run,) = recording.runs
    inner = {**run.columns, "instance.client": array("q", [0, 1])}
    assert recording.manifest.program is not None
    facts = replace(recording.manifest.program, clients=(HTTPX, ClientName("urllib3", "2", blocking=True)))
    manifest = replace(recording.manifest, program=facts)
    result = program_result(replace(recording, manifest=manifest, runs=(replace(run, columns=inner),)))
    assert [(row.client.name, row.instances) for row in result.settings] == [("httpx", 1)]
    (built,) = [row.value for row in result.counters if row.name.startswith("clients_built")]
    assert built == 1000 / result.requests


def test_of_clients_built_alike_the_one_with_the_most_is_told() -> None:
    assert most(Program(CALLS, clients_built=2, connections=[(0, 1, 90), (1, 11, 90), (2, 21, 90)])) == [2]


def test_a_connection_that_no_request_opened_is_no_clients() -> None:
    assert most(Program(CALLS, clients_built=1, connections=[(0, 1, 90), (-1, 2, 0)])) == [1]


def test_nothing_is_said_where_no_connection_was_seen() -> None:
    assert most(Program(CALLS, clients_built=1)) == [None]


@pytest.mark.parametrize(("clients", "said"), [(1, 2), (2, None)])
def test_a_connection_whose_request_was_not_kept_is_told_only_where_one_client_can_have_opened_it(
    clients: int, said: int | None
) -> None:
    program = Program(CALLS, clients_built=clients, connections=[(0, 1, 90), (-1, 2, 0)], detail_lost=7)
    assert most(program) == [said]


def test_a_response_that_was_collected_unread_is_in_flight_no_longer_than_that() -> None:
    dropped = [Made(at, 0, returned=at + 5, dropped=at + 8, instance=0) for at in (0, 20, 40)]
    (row,) = Program([*dropped, *CALLS[:2]], clients_built=1).result().settings
    assert row.most_in_flight == 3
