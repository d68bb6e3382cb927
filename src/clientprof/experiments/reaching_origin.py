"""How a worker reaches the origin: in which network its process runs, which files it sees, which CA it is given."""

import subprocess
import sys
from functools import cache
from pathlib import Path

from clientprof.clients import CLIENTS
from clientprof.model.run import FLOOR
from clientprof.origin.process import OriginReady
from clientprof.workload import default_trust
from clientprof.workload.load.scenario import Scenario, Trust
from clientprof.workload.load.targets import path_of
from clientprof.workload.process import OWN_PYTHON

_PROBE_S = 20.0


def within(ready: OriginReady, scenario: Scenario, adapter: str) -> tuple[str, ...]:
    """What the worker's command begins with."""
    if not _by_itself(scenario, adapter) or ready.ca_file is None:
        return ready.within
    return (*ready.within, OWN_PYTHON, "-P", str(Path(default_trust.__file__)), str(Path(ready.ca_file).parent), "--")


def urls(ready: OriginReady, scenario: Scenario) -> tuple[str, ...]:
    """What the scenario's requests ask for, one a host."""
    bases = [base.replace("//127.0.0.1:", "//localhost:") if scenario.by_name else base for base in ready.base_urls]
    return tuple(f"{base}{path_of(scenario)}" for base in bases)


def ca_file(ready: OriginReady, scenario: Scenario, adapter: str) -> str | None:
    """What the client is told to verify the origin against; None where it is to use what it has."""
    return None if _by_itself(scenario, adapter) else ready.ca_file


def trust_row(scenario: Scenario) -> list[tuple[str, str, str]]:
    """The workload's row."""
    if not scenario.tls:
        return []
    if scenario.trust is Trust.OWN:
        return [("workload", "trust store", "the CA of this run alone")]
    means = "copies mounted over them" if private_mounts() else "variables that name a copy of one"
    return [("workload", "trust store", f"each client's own, with the CA of this run in it, by {means}")]


def trust_notices(scenario: Scenario) -> list[tuple[str, str, str]]:
    """What is lost where the system allows no private mounts."""
    if scenario.trust is Trust.OWN or private_mounts():
        return []
    return [
        (
            "trust-by-variables",
            "This system allows no private mounts, so SSL_CERT_FILE, REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE name a copy of "
            "the client's trust store. Some clients then build another kind of context: httpx2 no longer uses truststore.",
            "As root on Linux, or where user namespaces are allowed, the stores themselves hold the CA.",
        )
    ]


@cache
def private_mounts() -> bool:
    """Whether a process here may have a view of the files of its own."""
    probe = [sys.executable, "-P", str(Path(default_trust.__file__)), "--probe"]
    try:
        return subprocess.run(probe, capture_output=True, text=True, timeout=_PROBE_S).stdout.strip() == "mounts"
    except (OSError, subprocess.TimeoutExpired):
        return False


def _by_itself(scenario: Scenario, adapter: str) -> bool:
    """Whether the client uses its own store; the floor has none."""
    return scenario.tls and scenario.trust is Trust.DEFAULT and CLIENTS[adapter] is not CLIENTS[FLOOR]
