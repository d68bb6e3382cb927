"""Every lens, run in this process on a real client: what it patched is as it was, which the fixture here checks.

The first test proves that the fixture would notice.
"""

import io
import itertools
import json
import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from clientprof.clients import CLIENTS
from clientprof.clients.adapter import Request
from clientprof.clients.httpx_client import HttpxAdapter
from clientprof.experiments.feasible import obstacle
from clientprof.model.run import Run
from clientprof.origin.process import OriginProcess
from clientprof.probes.counts.monitored_calls import NAME
from clientprof.probes.patches import Patches
from clientprof.workload.lenses import LENSES, THREAD_LENSES, memory_lens
from clientprof.workload.lenses.lens import Lens
from clientprof.workload.load.scenario import Loop, Scenario
from clientprof.workload.settings import WorkerSettings
from clientprof.workload.worker import Progress, measure
from measurable_clients import BLOCKING, LOOPED
from patchable_attributes import monitoring_tools, snapshot

SETTINGS: Mapping[str, Any] = {
    "arm": "test", "block": 0, "scenario": Scenario(8), "cold": True, "opening": 8, "expected_status": 200,
    "expected_bytes": 1024, "rounds": 1, "max_rounds": 1, "min_cpu_s": 0.0, "max_seconds": 10.0, "seed": 1,
    "cpu": None, "interval_us": 1000.0, "output": "",
}  # fmt: skip


def measured(client: str, lens: str, origin: OriginProcess, monkeypatch: pytest.MonkeyPatch) -> Run:
    """What the worker process does, in this process."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n" * 10))
    ready = origin.ready
    settings = WorkerSettings(
        client=client, adapter=client, lens=lens, urls=(f"{ready.base_url}/1k",), ca_file=ready.ca_file, **SETTINGS
    )
    events = io.StringIO()
    run = measure(settings, Progress(events))
    assert "end" in [json.loads(line)["event"] for line in events.getvalue().splitlines()]
    return run


def profiling() -> bool:
    """Whether yappi, pyinstrument, the sampler or a counter of calls is at work."""
    yappi = sys.modules.get("yappi")
    return (
        (yappi is not None and yappi.is_running())
        or sys.getprofile() is not None
        or NAME in monitoring_tools()
        or signal.getitimer(signal.ITIMER_REAL)[0] > 0
    )


def cases() -> Iterator[tuple[str, Loop, str]]:
    """One client with every lens on every loop; the others with every lens, on their loops in turn."""
    for place, client in enumerate(LOOPED):
        loops = [loop for loop in Loop if obstacle(CLIENTS[client], Scenario(8, loop=loop)) is None]
        for number, lens in enumerate(LENSES):
            for loop in loops if client == "httpx" else [loops[(place + number) % len(loops)]]:
                yield client, loop, lens
    yield from itertools.product(BLOCKING, [Loop.ASYNCIO], THREAD_LENSES)


def test_each_loop_has_each_lens_and_each_client_each_of_its_loops() -> None:
    everything = list(cases())
    assert {(loop, lens) for _, loop, lens in everything} == set(itertools.product(Loop, LENSES))
    for client in LOOPED:
        loops = {loop for loop in Loop if obstacle(CLIENTS[client], Scenario(8, loop=loop)) is None}
        assert {loop for name, loop, _ in everything if name == client} == loops
        assert [lens for name, _, lens in everything if name == client].count("ledger") >= 1


@pytest.mark.parametrize(("client", "loop", "lens"), [*cases()])
def test_a_lens_takes_everything_out_again(
    client: str, loop: Loop, lens: str, tls_origin: OriginProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = Scenario(8, loop=loop)
    monkeypatch.setitem(globals(), "SETTINGS", {**SETTINGS, "scenario": scenario})
    # How long memory is watched has nothing to do with what is left behind, and tracing takes seconds of it.
    monkeypatch.setattr(memory_lens, "_STRETCH_REQUESTS", 8)
    run = measured(client, lens, tls_origin, monkeypatch)
    assert run.facts.complete
    assert set(run.column("exchange.error")) == {0}
    assert not [note for note in run.facts.notes if note.startswith("probe removed")]


@pytest.mark.parametrize(
    ("client", "lenses", "lens"),
    [
        *(("httpx", LENSES, lens) for lens in ("ledger", "count")),
        *(("requests", THREAD_LENSES, lens) for lens in ("ledger", "count", "sample")),
    ],
)
def test_a_lens_does_patch_while_it_is_in(
    client: str, lenses: Mapping[str, type[Lens]], lens: str, origin: OriginProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot()
    changed: list[int] = []
    original = lenses[lens].begin

    def begin(self: Lens, kind: Any) -> None:
        now = snapshot()
        changed.append(sum(now[key] is not value for key, value in before.items()))
        original(self, kind)

    monkeypatch.setattr(lenses[lens], "begin", begin)
    measured(client, lens, origin, monkeypatch)
    assert max(changed) >= 5


def test_the_fixture_sees_a_patch_of_any_seam() -> None:
    before = snapshot()
    patches = Patches()
    for owner, name in (("httpcore._async.connection_pool", "AsyncConnectionPool"), ("aiohttp.connector", "asyncio")):
        patches.set(sys.modules[owner], name, None)
    now = snapshot()
    assert sum(now.get(key) is not value for key, value in before.items()) >= 1
    patches.restore()


def test_a_lens_whose_run_fails_takes_everything_out_too(
    origin: OriginProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    close = CLIENTS["httpx"].close

    async def fail(adapter: Any, client: Any) -> None:
        await close(adapter, client)
        raise OSError("no client today")

    monkeypatch.setattr(CLIENTS["httpx"], "close", fail)
    for loop, lens in itertools.product(Loop, LENSES):
        monkeypatch.setitem(globals(), "SETTINGS", {**SETTINGS, "scenario": Scenario(8, loop=loop)})
        with pytest.raises(OSError, match="no client today"):
            measured("httpx", lens, origin, monkeypatch)
        assert signal.set_wakeup_fd(-1) == -1


@pytest.mark.parametrize("lens", ["sample", "count", "pyinstrument"])
def test_a_profiler_that_runs_when_a_round_fails_is_stopped(
    lens: str, origin: OriginProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Abort(BaseException):
        """Not an error of a request, so the round does not survive it."""

    fetch = HttpxAdapter.fetch

    async def fetch_until_profiled(adapter: HttpxAdapter, client: Any, request: Request) -> Any:
        if profiling():
            profiled.append(lens)
            await client.aclose()
            raise Abort
        return await fetch(adapter, client, request)

    profiled: list[str] = []
    monkeypatch.setattr(HttpxAdapter, "fetch", fetch_until_profiled)
    monkeypatch.setitem(globals(), "SETTINGS", {**SETTINGS, "scenario": Scenario(1), "opening": 1})
    with pytest.raises(Abort):
        measured("httpx", lens, origin, monkeypatch)
    assert profiled
    assert not profiling()
