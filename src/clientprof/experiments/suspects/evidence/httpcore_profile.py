"""What the suspects of httpx and httpx2 read in a profile."""

from clientprof.experiments.suspects.suspect import Case

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


def new_connections_per_request(case: Case) -> float:
    """Connections that the client opens per request once it is warm."""
    by_origin = case.counter("connections_accepted_per_1000_requests")
    counted = case.counter("connects_per_1000_requests")
    row = by_origin or counted
    return 0.0 if row is None else row.value / 1000


def connecting_us(case: Case) -> float | None:
    """CPU per request for opening connections, TLS included; None where no sample saw any."""
    return case.function_us("AsyncHTTPConnection._connect") or None
