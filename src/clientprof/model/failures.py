"""Failed requests one by one: what became of each, and of the connection that it had."""

from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """What a request failed of, by the records of client and server together."""

    CLOSED_BY_CLIENT = "closed by the client"
    CLOSED_BY_SERVER = "closed by the server"
    LOOP_BUSY = "the loop was busy"
    SERVER_SILENT = "the server had not answered"
    NO_CONNECTION = "no connection was free"
    CONNECTING = "the connection was being made"
    ANSWER = "the answer itself"
    UNKNOWN = "not known"


CAUSE_MEANING: dict[Cause, str] = {
    Cause.CLOSED_BY_CLIENT: "the client closed the connection although it had given it to this request",
    Cause.CLOSED_BY_SERVER: "the server closed the connection before it had answered this request",
    Cause.LOOP_BUSY: "the clock ran out although the answer was here: the event loop was busy and had not read it",
    Cause.SERVER_SILENT: "the clock ran out while the server was at work",
    Cause.NO_CONNECTION: "the clock ran out while the request queued for a connection",
    Cause.CONNECTING: "it failed while the connection was being made",
    Cause.ANSWER: "an answer came and was not what was asked for, or could not be read",
    Cause.UNKNOWN: "the records do not tell",
}


@dataclass(frozen=True, slots=True)
class FailedRequest:
    """One failed request. Times are milliseconds; None is what the records do not tell.

    ``after_ms`` is how long after its start it failed. ``connection`` is the client's number of it, ``served_before`` how
    many answers had come on it before. ``given_ms`` and ``written_ms`` say when the connection was given to the request and
    when the request was last written, ``closed_ms`` when the side that closed first did so, ``answered_ms`` when the server
    had sent the answer: all before the failure, so negative values come after it. ``closed_first`` is ``client`` or
    ``server``, None where the connection was open. ``reached`` tells whether the server had the request. ``held_ms`` is the
    longest time before the failure in which the event loop did not look for data, ``holder`` the function that held it.
    ``goaway`` says that the server closed the connection, of HTTP/2, by saying so and not taking further requests.
    ``idle_ms`` is how long after the last answer on it the connection was closed, None where it had served none.
    """

    exchange: int
    error: str
    cause: Cause
    after_ms: float
    connection: int | None = None
    served_before: int | None = None
    given_ms: float | None = None
    written_ms: float | None = None
    closed_first: str | None = None
    closed_ms: float | None = None
    reached: bool | None = None
    answered_ms: float | None = None
    held_ms: float | None = None
    holder: str = ""
    goaway: bool = False
    idle_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Idleness:
    """Connections that one side closed while the other had not, and how long they had been without a request, seconds.

    ``idle`` of the ``closed`` had been so for a second or more: a clock closes these, and no lack of room.
    ``shortest_s`` and ``median_s`` are of these, None where there are none.
    """

    closed: int
    idle: int
    shortest_s: float | None = None
    median_s: float | None = None

    @property
    def by_clock(self) -> bool:
        """Whether most were closed for being idle."""
        return self.idle > self.closed / 2


@dataclass(frozen=True, slots=True)
class Closings:
    """Who closed connections while requests were under way, and after how long a pause."""

    by_client: Idleness
    by_server: Idleness


@dataclass(frozen=True, slots=True)
class Goaways:
    """Connections of HTTP/2 under whose requests the server said GOAWAY, by both ends' records.

    ``failed`` requests of the client were on the ``connections``. The server had taken ``taken`` requests on these, failed
    or not, and answered ``answered``. ``lost`` of the answers are those of failed requests: the server answered, and the
    client had given them up. None where the server listed no answers.
    """

    connections: int
    failed: int
    taken: int
    answered: int
    lost: int | None
