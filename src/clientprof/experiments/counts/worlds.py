"""The world that a scenario needs: the origin's options, its addresses, its certificate."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clientprof.origin.certificates import certificate_files
from clientprof.origin.listener import address_of
from clientprof.origin.options import DEFAULT_STREAMS
from clientprof.virtual.world import WorldPlan
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.load.targets import path_of

# Of five digits, as the system gives to a server: clients look at every character of a URL.
_PORT = 18080
# They would send a client to proxies, certificates or checks of this machine's; empty is as good as not set.
_OF_THE_MACHINE = (
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE", "NETRC", "PYTHONASYNCIODEBUG", "PYTHONDEVMODE", "PYTHONTRACEMALLOC",
    "PYTHONOPTIMIZE", "PYTHONWARNINGS", "PYTHON_JIT", "PYTHONMALLOC",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ScenarioWorld:
    """What a worker needs: variables of its process, the URLs to ask, the CA to verify against."""

    environment: dict[str, str]
    urls: tuple[str, ...]
    ca_file: str | None


@contextmanager
def world_for(scenario: Scenario) -> Iterator[ScenarioWorld]:
    """The world of the scenario; its certificate is removed on leaving.

    Raises:
        OriginError: TLS needs trustme, which is not installed.
    """
    hosts = tuple(address_of(number) for number in range(1, scenario.hosts + 1))
    with tempfile.TemporaryDirectory(prefix="clientprof-world-") as folder:
        files = certificate_files(Path(folder), hosts) if scenario.tls else None
        plan = WorldPlan(
            options={
                "accept_delay_ms": scenario.accept_delay_ms,
                "max_requests_per_connection": scenario.close_after,
                "keepalive_s": None if scenario.idle_close_ms is None else scenario.idle_close_ms / 1000,
                "http2": scenario.http2,
                "http2_streams": scenario.h2_streams or DEFAULT_STREAMS,
                "silent_close": scenario.silent_close,
                "refuse_every": scenario.refuse_every,
                "retry_after_s": scenario.retry_after_s,
            },
            addresses=tuple((host, _PORT) for host in hosts),
            certificate=None if files is None else str(files[0]),
            http2=scenario.http2,
        )
        scheme = "https" if scenario.tls else "http"
        urls = tuple(f"{scheme}://{host}:{_PORT}{path_of(scenario)}" for host in hosts)
        environment = {**dict.fromkeys(_OF_THE_MACHINE, ""), **plan.environment()}
        yield ScenarioWorld(environment, urls, None if files is None else str(files[1]))
