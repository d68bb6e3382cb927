"""What clients were built with stands beside what the load needed of them: requests and connections open at once."""

import pytest

from programs_by_hand import Made, Program

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
