"""The server that a load needs, and whether two loads can share one."""

from clientprof.origin.options import DEFAULT_STREAMS, Options
from clientprof.origin.process import OriginProcess
from clientprof.workload.load.scenario import Scenario

# What a server does whatever it is asked; see ``origin_for``.
_OF_THE_SERVER = ("tls", "hosts", "http2", "h2_streams", "accept_delay_ms", "close_after", "idle_close_ms", "silent_close",
                  "refuse_every", "retry_after_s", "network")  # fmt: skip


def origin_for(scenario: Scenario, *, port: int = 0, cpu: int | None = None, seed: int = 1) -> OriginProcess:
    """The server that this scenario needs, not yet started."""
    options = Options(
        tls=scenario.tls, port=port, cpu=cpu, seed=seed, hosts=scenario.hosts, http2=scenario.http2,
        http2_streams=scenario.h2_streams or DEFAULT_STREAMS,
        accept_delay_ms=scenario.accept_delay_ms, max_requests_per_connection=scenario.close_after,
        keepalive_s=None if scenario.idle_close_ms is None else scenario.idle_close_ms / 1000,
        silent_close=scenario.silent_close, refuse_every=scenario.refuse_every, retry_after_s=scenario.retry_after_s,
    )  # fmt: skip
    return OriginProcess(options, network=scenario.network or None)


def same_origin(one: Scenario, other: Scenario) -> bool:
    """Whether one server can serve both: what it does by the request's path may differ."""
    return all(getattr(one, name) == getattr(other, name) for name in _OF_THE_SERVER)
