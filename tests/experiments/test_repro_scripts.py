"""The scripts of findings: short, whole, of the recording's load, and run against the installed client."""

import ast
import re
import sys
from dataclasses import replace
from importlib.metadata import version

import pytest

from clientprof.experiments.repros.run import run_repro
from clientprof.experiments.repros.scripts_of_findings import FAMILIES, LINES_AT_MOST, SCRIPTS, script_of
from clientprof.model.estimate import Estimate
from clientprof.model.findings import Culprit, Finding
from clientprof.model.layers import Layer
from clientprof.model.results import ClientResult, CounterRow, FunctionCost, Setting, TraceResult

# A function that each client calls once per request, whatever its version: module, name, file.
CALLED_ONCE = {
    "httpx": ("httpx._models", "Request.__init__", "httpx/_models.py"),
    "httpx2": ("httpx2._models", "Request.__init__", "httpx2/_models.py"),
    "httpx-sync": ("httpx._client", "Client.send", "httpx/_client.py"),
    "aiohttp": ("aiohttp.client_reqrep", "ClientRequest.__init__", "aiohttp/client_reqrep.py"),
    "requests": ("requests.sessions", "Session.send", "requests/sessions.py"),
    "urllib3": ("urllib3.poolmanager", "PoolManager.urlopen", "urllib3/poolmanager.py"),
}
HERE = [name for name in CALLED_ONCE if name != "httpx2"]


def asked(client: str, finding_id: str, calls: float = 1.0, **load: str) -> tuple[Finding, ClientResult, TraceResult]:
    """A finding that names one function of the client, and the results it came from."""
    module, function, file = CALLED_ONCE[client]
    cost = Estimate(10.0, 9.0, 11.0, "us", 8)
    finding = Finding(
        id=finding_id, title="", layer=Layer.API, culprits=(Culprit(module, function, None),),
        claim="", evidence=(), remedy="", falsifier="",
    )  # fmt: skip
    costs = (FunctionCost(Layer.API, module, function, file, 1, "package", cost, cost, calls),)
    result = ClientResult(
        name=client, version="", packages={}, loop="asyncio", control=None, cold=None, observer={}, layers=(),
        functions=costs, ledger=None, profile=None, counters=(), boundaries=(), cross_check=(), unattributed_share=None,
    )  # fmt: skip
    workload = tuple(Setting("workload", name.replace("_", " "), value) for name, value in load.items())
    trace = TraceResult("", (), "", 1, True, (), workload, (result,))
    return finding, result, trace


@pytest.mark.parametrize("client", FAMILIES)
@pytest.mark.parametrize("finding_id", SCRIPTS)
def test_every_script_is_short_and_imports_only_the_client(finding_id: str, client: str) -> None:
    source = script_of(*asked(client, finding_id))
    if source is None:
        assert client not in ("httpx", "httpx2")
        return
    assert len(source.splitlines()) <= LINES_AT_MOST
    assert not re.search(r"^from ", source, re.MULTILINE)
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import)]
    imported = {alias.name.split(".")[0] for node in nodes for alias in node.names} - sys.stdlib_module_names
    family = {"httpx": {"httpx", "httpcore"}, "httpx2": {"httpx2", "httpcore2"}, "httpx-sync": {"httpx"}}
    assert imported <= family.get(client, {client})


def test_the_load_of_the_recording_is_the_scripts() -> None:
    load = {"requests_at_once": "512", "connection_limit": "300", "keep-alive_limit": "7"}
    source = script_of(*asked("httpx2", "pool-scan", 12.345, **load))
    assert source is not None
    lines = source.splitlines()
    assert "N, REQUESTS, DELAY_S = 512, 512, 0.0  # in flight, in all, and seconds that the server takes" in lines
    assert "CONNECTIONS, KEEP_ALIVE = 300, 7  # at most" in lines
    wanted = 'FUNCTION, FILE, CALLS = "Request.__init__", "httpx2/_models.py", 12.3'
    assert any(line.startswith(wanted) and line.endswith("  # per request") for line in lines)
    assert "import httpx2 as httpx" in lines


def test_a_limit_holds_for_idle_connections_too_and_the_clients_own_is_left_alone() -> None:
    limited = script_of(*asked("httpx", "pool-scan", connection_limit="300")) or ""
    assert "CONNECTIONS, KEEP_ALIVE = 300, 300  # at most" in limited
    own = script_of(*asked("httpx", "pool-scan", connection_limit="the client's own default")) or ""
    assert "CONNECTIONS, KEEP_ALIVE = 100, 20  # at most" in own


@pytest.mark.parametrize("client", HERE)
def test_a_function_that_is_called_once_is_confirmed(client: str) -> None:
    finding, result, trace = asked(client, "costliest-function", requests_at_once="8")
    repro = run_repro(script_of(finding, result, trace) or "", installed(result), None, print)
    assert repro.confirmed, repro
    assert len(re.findall(r"1\.0 calls per request", repro.output)) == 2


def test_calls_that_do_not_happen_are_not_confirmed() -> None:
    finding, result, trace = asked("aiohttp", "costliest-function", 3.0, requests_at_once="8")
    repro = run_repro(script_of(finding, result, trace) or "", installed(result), None, print)
    assert not repro.confirmed
    assert "1.0 calls per request; the recording has 3.0" in repro.output


def test_twice_the_calls_of_the_recording_are_not_confirmed() -> None:
    finding, result, trace = asked("aiohttp", "costliest-function", 0.5, requests_at_once="8")
    repro = run_repro(script_of(finding, result, trace) or "", installed(result), None, print)
    assert not repro.confirmed
    assert "1.0 calls per request; the recording has 0.5" in repro.output
    assert repro.reason == "1.0 calls are not 0.75 to 1.33 times 0.5"


def test_a_script_about_passes_tells_those_of_the_recording_beside_its_own_and_needs_about_as_many() -> None:
    finding, result, trace = asked("httpx", "double-assignment", requests_at_once="64")
    passes = CounterRow("pool_passes_per_request", 10.461, "per request", "")
    source = script_of(finding, replace(result, counters=(passes,)), trace) or ""
    assert "N, REQUESTS, DELAY_S, PASSES = 64, 64, 0.0, 10.46  #" in source
    repro = run_repro(source, installed(result), None, print)
    assert re.search(r"64 in flight: [3-9]\.[0-9]+ passes \(10\.46 recorded\), ", repro.output), repro
    never = script_of(finding, replace(result, counters=(replace(passes, value=1000.0),)), trace) or ""
    assert not run_repro(never, installed(result), None, print).confirmed
    assert run_repro(script_of(finding, result, trace) or "", installed(result), None, print).confirmed


def test_a_load_with_more_requests_than_are_in_flight_is_the_scripts_with_the_servers_delay() -> None:
    load = {"requests_at_once": "64", "server_delay": "20 ms", "scenario": "c64/1k/d20/requests=900"}
    assert "N, REQUESTS, DELAY_S = 64, 900, 0.02  #" in (script_of(*asked("httpx", "pool-scan", **load)) or "")
    assert "N, DELAY_S = 64, 0.02  #" in (script_of(*asked("requests", "pool-scan", **load)) or "")
    many = load | {"scenario": "c64/1k/requests=100000"}
    assert "N, REQUESTS, DELAY_S = 64, 2000, 0.02  #" in (script_of(*asked("httpx", "pool-scan", **many)) or "")


def installed(client: ClientResult) -> ClientResult:
    """The client in the version that lies beside clientprof, so that no environment is made."""
    return replace(client, version=version(client.name.partition("-")[0]))
