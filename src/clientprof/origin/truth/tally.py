"""The running counters inside the server; ``Tally.journal`` turns them into the account that the parent reads."""

import time

from clientprof.model.close_reasons import CLOSE_REASONS
from clientprof.origin.truth.journal import Journal

_STATUSES = 600


class Tally:
    """Plain attributes, because each is touched on the hot path. Their meaning: see ``Journal``."""

    __slots__ = (
        "accepts",
        "by_status",
        "closed_by_requests",
        "closes",
        "connections_open",
        "connections_used",
        "delay_ns",
        "delayed",
        "dropped",
        "faulted",
        "handshakes",
        "handshakes_failed",
        "handshakes_resumed",
        "http2_connections",
        "http2_requests",
        "http2_streams",
        "in_flight",
        "malformed",
        "malformed_connections",
        "max_connections_open",
        "max_in_flight",
        "received_bytes",
        "requests",
        "server_time_ns",
        "started_ns",
        "stream_ns",
        "streamed",
    )

    def __init__(self) -> None:
        self.started_ns = time.perf_counter_ns()
        self.accepts = self.handshakes = self.handshakes_resumed = self.handshakes_failed = 0
        self.connections_used = self.connections_open = self.max_connections_open = 0
        self.requests = self.malformed = self.dropped = self.faulted = 0
        self.in_flight = self.max_in_flight = 0
        self.server_time_ns = self.delayed = self.delay_ns = 0
        self.http2_connections = self.http2_streams = self.http2_requests = self.malformed_connections = 0
        self.streamed = self.stream_ns = self.received_bytes = 0
        self.by_status = [0] * _STATUSES
        self.closes = dict.fromkeys(CLOSE_REASONS, 0)
        self.closed_by_requests: dict[int, int] = {}

    def mark(self) -> None:
        """Begin a new interval for the maxima."""
        self.max_in_flight = self.in_flight
        self.max_connections_open = self.connections_open

    def opened(self) -> None:
        """Count a connection that is ready for requests."""
        self.connections_open += 1
        self.max_connections_open = max(self.max_connections_open, self.connections_open)

    def closed(self, reason: str, requests: int) -> None:
        """Count the end of a connection that carried so many requests."""
        self.connections_open -= 1
        self.closes[reason] += 1
        self.closed_by_requests[requests] = self.closed_by_requests.get(requests, 0) + 1

    def journal(self) -> Journal:
        """The account as of now."""
        taken_ns = time.perf_counter_ns()
        return Journal(
            started_ns=self.started_ns,
            taken_ns=taken_ns,
            wall_ns=taken_ns - self.started_ns,
            cpu_ns=time.process_time_ns(),
            accepts=self.accepts,
            handshakes=self.handshakes,
            handshakes_resumed=self.handshakes_resumed,
            handshakes_failed=self.handshakes_failed,
            connections_used=self.connections_used,
            connections_open=self.connections_open,
            max_connections_open=self.max_connections_open,
            closes=dict(self.closes),
            closed_by_requests=dict(self.closed_by_requests),
            requests=self.requests,
            malformed=self.malformed,
            responses=sum(self.by_status),
            by_status={status: count for status, count in enumerate(self.by_status) if count},
            dropped=self.dropped,
            faulted=self.faulted,
            in_flight=self.in_flight,
            max_in_flight=self.max_in_flight,
            server_time_ns=self.server_time_ns,
            delayed=self.delayed,
            delay_ns=self.delay_ns,
            streamed=self.streamed,
            stream_ns=self.stream_ns,
            received_bytes=self.received_bytes,
            http2_connections=self.http2_connections,
            http2_streams=self.http2_streams,
            http2_requests=self.http2_requests,
            malformed_connections=self.malformed_connections,
        )
