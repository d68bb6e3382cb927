"""A request that is several calls of a connection: begun with the first, put down between them, over with the last."""

from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from clientprof.workload.programs.parted_calls import PutDown, part


class Connection:
    def send(self, data: str) -> str:
        if data == "broken":
            raise ValueError(data)
        return data

    def answer(self) -> str:
        return "answer"

    def close(self) -> str:
        return "closed"


class Requests:
    """Notes what is made of the calls."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.is_inside = False
        self.measures = True
        self.put: PutDown[str] = PutDown(lambda call: self.notes.append(f"{call} lost"))
        self._begun = 0

    def asks_inside(self) -> Callable[[], bool]:
        return lambda: self.is_inside

    def take_up(self, connection: Any) -> str | None:
        return self.put.take(connection)

    def begin(self, connection: Any, frame: FrameType | None) -> str | None:
        assert frame is not None
        if not self.measures:
            return None
        self._begun += 1
        self.notes.append(f"{self._begun} begins in {frame.f_code.co_name}")
        return str(self._begun)

    def put_down(self, connection: Any, call: str) -> None:
        self.put.put(connection, call)

    def failed(self, call: str, error: BaseException) -> None:
        self.notes.append(f"{call} failed: {error}")

    def answered(self, call: str, response: Any) -> None:
        self.notes.append(f"{call}: {response}")


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> Requests:
    made = Requests()
    monkeypatch.setattr(Connection, "send", part(Connection.send, made, last=False))
    monkeypatch.setattr(Connection, "answer", part(Connection.answer, made, last=True))
    monkeypatch.setattr(Connection, "close", made.put.breaking(Connection.close))
    return made


def test_all_calls_up_to_the_answer_are_one_request(requests: Requests) -> None:
    connection = Connection()
    for _ in range(2):
        assert (connection.send("a"), connection.send("b"), connection.answer()) == ("a", "b", "answer")
    begins = "begins in test_all_calls_up_to_the_answer_are_one_request"
    assert requests.notes == [f"1 {begins}", "1: answer", f"2 {begins}", "2: answer"]


def test_requests_of_several_connections_may_be_under_way(requests: Requests) -> None:
    one, other = Connection(), Connection()
    one.send("a")
    other.send("a")
    other.answer()
    one.answer()
    assert requests.notes[2:] == ["2: answer", "1: answer"]


def test_what_raises_fails_and_the_next_call_is_another_request(requests: Requests) -> None:
    connection = Connection()
    with pytest.raises(ValueError, match="broken") as raised:
        connection.send("broken")
    assert [entry.name for entry in raised.traceback][1:] == ["send"]
    connection.answer()
    assert requests.notes[1] == "1 failed: broken"
    assert requests.notes[-1] == "2: answer"


def test_a_connection_that_is_gone_takes_its_request_along(requests: Requests) -> None:
    Connection().send("a")
    assert requests.notes[-1] == "1 lost"


def test_a_connection_that_is_closed_loses_its_request_and_the_next_call_begins_another(requests: Requests) -> None:
    connection = Connection()
    for _ in range(2):
        connection.send("a")
        assert connection.close() == "closed"
    assert [note for note in requests.notes if "begins" not in note] == ["1 lost", "2 lost"]
    assert connection.close() == "closed"
    assert len(requests.notes) == 4


def test_calls_inside_of_a_request_are_that_ones(requests: Requests) -> None:
    requests.is_inside = True
    connection = Connection()
    assert (connection.send("a"), connection.answer()) == ("a", "answer")
    assert requests.notes == []


def test_nothing_is_made_of_calls_that_are_not_measured(requests: Requests) -> None:
    requests.measures = False
    connection = Connection()
    assert (connection.send("a"), connection.answer()) == ("a", "answer")
    assert requests.notes == []
