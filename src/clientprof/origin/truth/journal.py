"""The server's own account of what happened to it, as the parent reads it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import TypeVar

_Key = TypeVar("_Key", int, str)


@dataclass(frozen=True, slots=True)
class Journal:
    """Counters since the server started, or since an earlier journal (``since``). Times in nanoseconds.

    Counters (subtracted by ``since``): ``accepts`` TCP connections; ``handshakes`` TLS handshakes that succeeded,
    ``handshakes_resumed`` of them, ``handshakes_failed`` apart; ``connections_used`` connections with one request or
    more; ``closes`` by reason, all of ``CLOSE_REASONS``; ``closed_by_requests`` closed connections by the number of
    requests that each had carried; ``requests`` received whole (``malformed`` of them refused); ``responses`` sent,
    also ``by_status``; ``dropped`` requests whose connection ended before their answer; ``faulted`` requests answered
    by a fault instead of a response; ``server_time_ns`` sum over responses of written minus received;
    ``delayed`` requests that waited, ``delay_ns`` how long in sum; ``streamed`` responses sent in time and to the end,
    ``stream_ns`` in sum from their first write to their last; ``received_bytes`` of the requests' bodies;
    ``http2_connections`` and ``http2_requests``, of ``accepts`` and ``requests`` those in HTTP/2;
    ``malformed_connections`` that broke the framing of HTTP/2; ``cpu_ns`` of the server process; ``wall_ns``.

    Of the moment: ``in_flight`` requests received and not yet answered, ``connections_open``. Maxima
    (``max_in_flight``, ``max_connections_open``) are of the interval that the last ``mark`` began, or of the server's
    life. Requests that still wait in a socket's buffer are not in flight: the server does not know of them.
    ``http2_streams`` is how many requests at once its SETTINGS allow on a connection, 0 while they were told to nobody.
    """

    started_ns: int
    taken_ns: int
    wall_ns: int
    cpu_ns: int
    accepts: int
    handshakes: int
    handshakes_resumed: int
    handshakes_failed: int
    connections_used: int
    connections_open: int
    max_connections_open: int
    closes: Mapping[str, int]
    closed_by_requests: Mapping[int, int]
    requests: int
    malformed: int
    responses: int
    by_status: Mapping[int, int]
    dropped: int
    faulted: int
    in_flight: int
    max_in_flight: int
    server_time_ns: int
    delayed: int
    delay_ns: int
    streamed: int
    stream_ns: int
    received_bytes: int
    http2_connections: int
    http2_requests: int
    malformed_connections: int
    http2_streams: int

    @property
    def cpu_us_per_request(self) -> float | None:
        """Server CPU per request in microseconds; None without a request."""
        return self.cpu_ns / 1_000 / self.requests if self.requests else None

    @property
    def cpu_share(self) -> float | None:
        """Share of one core that the server used, 0..1; near 1 the server is the bottleneck."""
        return self.cpu_ns / self.wall_ns if self.wall_ns else None

    @property
    def mean_server_time_us(self) -> float | None:
        """Mean over responses of the time between request received and response written; None without a response."""
        return self.server_time_ns / 1_000 / self.responses if self.responses else None

    @property
    def mean_delay_us(self) -> float | None:
        """Mean delay actually applied, over the requests that had one; None if none had."""
        return self.delay_ns / 1_000 / self.delayed if self.delayed else None

    @property
    def mean_stream_us(self) -> float | None:
        """Mean time from first to last write, over the responses sent in time; None if there was none."""
        return self.stream_ns / 1_000 / self.streamed if self.streamed else None

    def since(self, earlier: "Journal") -> "Journal":
        """What happened between ``earlier`` and this journal; values of the moment and maxima are this journal's.

        Raises:
            ValueError: the two are not of one server, or in the wrong order.
        """
        if self.started_ns != earlier.started_ns or self.taken_ns < earlier.taken_ns:
            raise ValueError("journals of one server subtract, the later minus the earlier")
        counters = {name: getattr(self, name) - getattr(earlier, name) for name in _COUNTERS}
        return replace(
            self,
            closes=_minus(self.closes, earlier.closes),
            closed_by_requests=_minus(self.closed_by_requests, earlier.closed_by_requests),
            by_status=_minus(self.by_status, earlier.by_status),
            **counters,
        )

    def beside(self, other: "Journal") -> "Journal":
        """Both servers' accounts as one, with this one's clock: counters are added, and so are maxima, which may have been
        reached at different times."""
        counters = {name: getattr(self, name) + getattr(other, name) for name in (*_COUNTERS, *_OF_THE_MOMENT)}
        return replace(
            self,
            closes=_plus(self.closes, other.closes),
            closed_by_requests=_plus(self.closed_by_requests, other.closed_by_requests),
            by_status=_plus(self.by_status, other.by_status),
            **{**counters, "wall_ns": self.wall_ns, "http2_streams": max(self.http2_streams, other.http2_streams)},
        )

    def self_check(self) -> None:
        """Assert that a journal since the server's start adds up; one of ``since`` may begin with requests in flight.

        Raises:
            AssertionError: requests, connections or handshakes are not all accounted for.
        """
        done = self.responses + self.dropped + self.faulted
        assert self.requests == done + self.in_flight, f"{self.requests} requests != {done} done + {self.in_flight}"
        assert self.responses == sum(self.by_status.values()), "responses by status do not add up"
        assert sum(self.closes.values()) == sum(self.closed_by_requests.values()), "closes do not add up"
        closed = sum(self.closes.values())
        assert self.accepts >= closed + self.connections_open, "more connections than were accepted"
        assert self.handshakes_resumed <= self.handshakes <= self.accepts, "more handshakes than connections"

    def to_json(self) -> dict[str, object]:
        """Plain values for ``json.dumps``."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> "Journal":
        """The journal that ``to_json`` wrote.

        Raises:
            ValueError: a field is missing or not a number.
        """
        read: dict[str, int | dict[int | str, int]] = {}
        for field in fields(cls):
            value = values.get(field.name)
            if isinstance(value, dict) and field.name in _MAPPINGS:
                convert = _MAPPINGS[field.name]
                read[field.name] = {convert(key): int(count) for key, count in value.items()}
            elif isinstance(value, int) and field.name not in _MAPPINGS:
                read[field.name] = value
            else:
                raise ValueError(f"journal without a usable {field.name}")
        return cls(**read)  # type: ignore[arg-type]  # each field was checked against its own kind above


_MAPPINGS: dict[str, type[int] | type[str]] = {"closes": str, "closed_by_requests": int, "by_status": int}
_OF_THE_MOMENT = {"in_flight", "connections_open", "max_in_flight", "max_connections_open", "http2_streams"}
_COUNTERS = tuple(
    field.name
    for field in fields(Journal)
    if field.name not in _OF_THE_MOMENT | {"started_ns", "taken_ns"} | set(_MAPPINGS)
)


def _minus(later: Mapping[_Key, int], earlier: Mapping[_Key, int]) -> dict[_Key, int]:
    return {key: count - earlier.get(key, 0) for key, count in later.items() if count != earlier.get(key, 0)}


def _plus(one: Mapping[_Key, int], other: Mapping[_Key, int]) -> dict[_Key, int]:
    found = dict(one)
    for key, count in other.items():
        found[key] = found.get(key, 0) + count
    return found
