"""What became of each connection, by the server, and of the requests on it: the last ones of each."""

import itertools
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields

MOST_CONNECTIONS = 20_000
MOST_ANSWERS = 100_000


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """One connection; ``_ns`` are ``perf_counter_ns`` readings of the server, 0 for what did not happen.

    ``number`` counts connections from 1; ``port`` is the client's. ``reason`` is why it ended (``CLOSE_REASONS``), empty
    while it is open. ``requests`` have come, the last at ``last_received_ns``; ``answered`` of them have all of their
    answer. ``multiplexed`` is 1 for HTTP/2, whose requests share the connection. Such a connection is closed for its
    client when GOAWAY is said.
    """

    number: int
    port: int
    opened_ns: int
    closed_ns: int
    reason: str
    requests: int
    answered: int
    last_received_ns: int
    multiplexed: int = 0

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> "ConnectionRow":
        """The row that ``asdict`` made.

        Raises:
            ValueError: a field is missing or of another kind.
        """
        found = {field.name: values.get(field.name) for field in fields(cls)}
        for name, value in found.items():
            if not isinstance(value, str if name == "reason" else int):
                raise ValueError(f"connection without a usable {name}")
        return cls(**found)  # type: ignore[arg-type]  # checked above


@dataclass(frozen=True, slots=True)
class ConnectionAccounts:
    """Connections, and the latest answers on them: number of the connection, when the request had come, when it was
    answered.
    """

    connections: tuple[ConnectionRow, ...]
    answers: tuple[tuple[int, int, int], ...]

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> "ConnectionAccounts":
        """What ``ConnectionLog.to_json`` wrote.

        Raises:
            ValueError: not that.
        """
        rows, answers = values.get("connections"), values.get("answers")
        if not isinstance(rows, list) or not isinstance(answers, list) or len(answers) % 3:
            raise ValueError("no accounts of connections")
        triples = zip(answers[::3], answers[1::3], answers[2::3], strict=True)
        return cls(tuple(map(ConnectionRow.from_json, rows)), tuple((int(c), int(r), int(w)) for c, r, w in triples))


class ConnectionLog:
    """The latest connections that ended, and the latest answers; ``next_number`` numbers a new connection."""

    def __init__(self) -> None:
        self._ended: deque[ConnectionRow] = deque(maxlen=MOST_CONNECTIONS)
        self._answers: deque[tuple[int, int, int]] = deque(maxlen=MOST_ANSWERS)
        self.ended = self._ended.append
        self.answered = self._answers.append
        self.next_number = itertools.count(1).__next__

    def to_json(self, still_open: Iterable[ConnectionRow]) -> dict[str, object]:
        """Plain values for ``json.dumps``: connections that ended and those that are open, and the answers, flat."""
        return {
            "connections": [asdict(row) for row in (*self._ended, *still_open)],
            "answers": [value for answer in self._answers for value in answer],
        }
