"""What the suspects of httpx and httpx2 read in a profile."""

from clientprof.experiments.suspects.suspect import Case
from clientprof.model.results import CounterRow

HTTPCORE_CLIENTS = frozenset({"httpx", "httpx2"})
HTTPX_CONNECTIONS = 100
"""Connections and, of these, idle ones of a client that sets no limits (``httpx._config.DEFAULT_LIMITS``)."""
HTTPX_KEPT = 20


def calls_of(case: Case, name: str) -> float:
    """Calls per request of the functions with this name (``Class.method`` or the last part), 0.0 where not counted."""
    return sum(
        function.calls_per_request or 0.0
        for function in case.client.functions
        if name in (function.function, function.function.rpartition(".")[2])
    )


def package_us(case: Case, package: str) -> float:
    """CPU per request of the package's own code, what it calls in other packages left out."""
    return sum(
        function.self_us_per_request.value
        for function in case.client.functions
        if function.module.partition(".")[0] == package
    )


def connections_at_most(case: Case) -> int:
    """How many connections the client may have."""
    return case.scenario.limit or HTTPX_CONNECTIONS


def needless_connections_per_request(case: Case) -> float:
    """Connections that the warm client opens per request beyond those that the server's closing makes necessary."""
    row = _new_connections(case)
    return 0.0 if row is None else max(0.0, row.value - (row.expected or 0.0)) / 1000


def needless_connecting_us(case: Case) -> float | None:
    """CPU per request for opening needless connections, TLS included; None where no sample saw any opened."""
    row, opening_us = _new_connections(case), case.function_us("AsyncHTTPConnection._connect")
    if row is None or not row.value or not opening_us:
        return None
    return opening_us * needless_connections_per_request(case) * 1000 / row.value


def _new_connections(case: Case) -> CounterRow | None:
    by_origin = case.counter("connections_accepted_per_1000_requests")
    return by_origin or case.counter("connects_per_1000_requests")
