"""Real clients on each loop, under every lens and with every kind of arrival; what a loop hides is absent, never 0."""

import functools
import importlib.metadata
import itertools
import subprocess
import sys
from typing import Any

import pytest

from clientprof.attribution.client_result import client_result
from clientprof.attribution.costs.sampled_time import sampled_time
from clientprof.attribution.ledger.loop_ledger import build_ledger
from clientprof.clients import CLIENTS
from clientprof.clients.adapter import AsyncAdapter, Feature
from clientprof.model.ledger.accounts import Ledger
from clientprof.model.phases import Phase
from clientprof.model.recording import Manifest, Recording
from clientprof.model.run import FLOOR, RoundKind
from clientprof.origin.process import OriginProcess
from clientprof.workload.lenses import LENSES
from measurable_clients import SEEN
from small_load import Followed, followed

pytestmark = pytest.mark.usefixtures("no_process_left")

NEEDS = {"uvloop": Feature.UVLOOP, "trio": Feature.TRIO}
PAIRS = [
    (loop, name)
    for loop, feature in NEEDS.items()
    for name, kind in ((name, CLIENTS[name]) for name in SEEN)
    if issubclass(kind, AsyncAdapter) and feature in kind.features
]
on_each_loop = pytest.mark.parametrize(("loop", "client"), PAIRS)


@functools.cache
def measured(origin: OriginProcess, loop: str, client: str, lens: str, **changes: Any) -> Followed:
    """Each run once, however many tests look at it."""
    return followed(origin, loop=loop, client=client, arm=client, lens=lens, **changes)


def ledger_of(worker: Followed) -> Ledger:
    """Built and checked for conservation."""
    ledger = build_ledger(worker.run)
    assert ledger is not None
    ledger.self_check()
    return ledger


def served_us(worker: Followed) -> float:
    """The mean time in the server of the last 16 requests, by its own stamps, once they were sent.

    A server may have a request before the call has returned that sends it: where cores are few, the client stands ready
    meanwhile, and still sends.
    """
    columns = worker.run.columns
    sent: dict[int, int] = {}
    for exchange, at in zip(columns["write.exchange"], columns["write.ended_ns"], strict=True):
        sent[exchange] = max(at, sent.get(exchange, 0))
    received, written = columns["exchange.received_ns"], columns["exchange.written_ns"]
    return sum(max(0, written[row] - max(received[row], sent[row])) for row in range(16, 32)) / 16e3


def recording_of(worker: Followed, client: str) -> Recording:
    manifest = Manifest("s", "now", (), 1, True, "0", None, (client,), (), ())
    return Recording(manifest, (worker.run,))


@pytest.mark.parametrize("lens", [lens for lens in LENSES if lens != "memory"])
@on_each_loop
def test_every_request_succeeds_with_the_same_body_and_the_facts_name_the_loop(
    loop: str, client: str, lens: str, origin: OriginProcess
) -> None:
    worker = measured(origin, loop, client, lens, rounds=2, max_rounds=2)
    facts, columns = worker.run.facts, worker.run.columns
    assert facts.loop == f"{loop} {importlib.metadata.version(loop)}"
    assert set(columns["exchange.error"]) == {0}
    assert set(columns["exchange.body_bytes"]) == {1024}
    assert len(facts.body_sha256) == 1
    assert list(columns["round.kind"]) == [RoundKind.COLD, RoundKind.MEASURED, RoundKind.MEASURED]
    assert worker.journals["end"].since(worker.journals["measured"]).requests == 32
    assert not [note for note in facts.notes if note.startswith(("probe removed", "not found"))]


@pytest.mark.parametrize(
    "load",
    [{"concurrency": 4, "requests": 30}, {"concurrency": 4, "requests": 20, "rate_per_s": 400.0}],
    ids=["in flight", "on schedule"],
)
@on_each_loop
def test_requests_arrive_as_the_scenario_says(
    loop: str, client: str, load: dict[str, Any], origin: OriginProcess
) -> None:
    worker = measured(origin, loop, client, "ledger", path="/delay/5/1k", opening=4, **load)
    columns, journal = worker.run.columns, worker.journals["end"].since(worker.journals["measured"])
    assert set(columns["exchange.error"]) == {0}
    assert journal.requests == load["requests"]
    started = list(columns["exchange.started_ns"][-load["requests"] :])
    if "rate_per_s" in load:
        assert [later - at for at, later in itertools.pairwise(started)] == [2_500_000] * 19
    else:
        # Five at once can never have been under way, and a later one starts when another has ended.
        ended = sorted(columns["exchange.ended_ns"][-load["requests"] :])
        assert all(start >= end for start, end in zip(sorted(started)[4:], ended, strict=False))
    ledger_of(worker)


@on_each_loop
def test_each_loop_shows_all_that_the_stamped_loop_shows(loop: str, client: str, origin: OriginProcess) -> None:
    worker = measured(origin, loop, client, "ledger", path="/delay/20/1k", limit=8)
    ledger = ledger_of(worker)
    columns, phases = worker.run.columns, {row.phase: row for row in ledger.phases}
    exchanges = set(range(16, 32))
    for group in ("step.owner", "write.exchange", "read.exchange", "mark.exchange"):
        assert exchanges <= set(columns[group]), group
    assert len(columns["port.number"]) == len(columns["connection.opened_ns"])
    assert set(columns["port.number"]) <= {row.port for row in origin.connections().connections}
    assert all(row.states_us is not None for row in ledger.phases)
    # On a busy machine the delay takes longer than asked for; the origin's own stamps say how long.
    assert phases[Phase.SERVER].wall_us == pytest.approx(served_us(worker), rel=0.05)
    # Not all of it: trio lets other tasks run after a send, and whoever sent stands ready to go on, the server at work.
    assert (phases[Phase.SERVER].wait_us or 0.0) > 0.5 * phases[Phase.SERVER].wall_us
    pool = phases[Phase.POOL]
    assert pool.cascade["server"] > 0
    assert 0.8 < sum(pool.cascade.values()) / (pool.wait_us or 0.0) < 1.001
    row = list(columns["round.kind"]).index(RoundKind.MEASURED)
    round_us = (columns["round.ended_ns"][row] - columns["round.started_ns"][row]) / 1e3
    assert ledger.loop_idle_us is not None
    assert ledger.loop_idle_us > 0
    assert 16 * (ledger.loop_idle_us + sum(ledger.loop_busy_us.values())) == pytest.approx(round_us, rel=0.02)
    assert ledger.unattributed_share < 0.01


@pytest.mark.parametrize("client", [client for loop, client in PAIRS if loop == "uvloop"])
def test_counts_on_uvloop_are_those_of_its_methods_and_the_hidden_are_left_out(
    client: str, origin: OriginProcess
) -> None:
    facts = measured(origin, "uvloop", client, "count", rounds=2, max_rounds=2).run.facts
    totals = {counter.name: counter.total for counter in facts.counters}
    assert not totals.keys() & {"socket_sends", "socket_receives", "connects"}
    # The load's own tasks, and a callback for each task's first step.
    assert totals["tasks"] == 32
    assert totals["loop_callbacks"] >= 32
    assert "failed_imports" in totals
    assert client == FLOOR or "pool_passes" in totals


@pytest.mark.parametrize("client", [client for loop, client in PAIRS if loop == "trio"])
def test_counts_on_trio_are_trios(client: str, origin: OriginProcess) -> None:
    facts = measured(origin, "trio", client, "count", rounds=2, max_rounds=2).run.facts
    totals = {counter.name: counter.total for counter in facts.counters}
    assert (totals["tasks"], totals["socket_sends"], totals["connects"]) == (32, 32, 0)
    assert totals["task_wakeups"] > 32
    assert totals["socket_polls"] > 0
    assert "loop_callbacks" not in totals


@on_each_loop
def test_connections_over_tls_are_those_that_the_origin_counts(
    loop: str, client: str, tls_origin: OriginProcess
) -> None:
    worker = measured(tls_origin, loop, client, "ledger", limit=4)
    columns, journal = worker.run.columns, worker.journals["end"].since(worker.journals["cold"])
    began = columns["round.started_ns"][0]
    assert sum(at >= began for at in columns["connection.opened_ns"]) == journal.accepts == 4
    done = [
        row for row, at in zip(columns["handshake.done"], columns["handshake.started_ns"], strict=True) if at >= began
    ]
    assert sum(row in (1, 2) for row in done) == journal.handshakes == 4


@pytest.mark.parametrize("lens", ["control", "ledger", "sample"])
@on_each_loop
def test_requests_that_fail_are_a_result(loop: str, client: str, lens: str, origin: OriginProcess) -> None:
    worker = measured(origin, loop, client, lens, path="/fault/reset")
    assert set(worker.run.columns["exchange.error"]) == {1}
    assert worker.run.facts.complete
    if lens == "ledger":
        ledger_of(worker)


@on_each_loop
def test_samples_name_the_clients_layers_and_leave_little_to_other(
    loop: str, client: str, origin: OriginProcess
) -> None:
    # The floor's requests are so short that a dozen rounds may meet no sample.
    rounds = 12 if client != FLOOR else 600
    worker = measured(origin, loop, client, "sample", rounds=rounds, max_rounds=rounds, concurrency=32)
    result = client_result(recording_of(worker, client), client)
    assert sampled_time(worker.run) is not None
    shares = {str(row.layer): row.share for row in result.layers}
    assert "http" in shares
    assert client == FLOOR or "api" in shares
    assert shares.get("other", 0.0) < 0.01
    assert client == FLOOR or shares.get("app", 0.0) < 0.2
    if loop == "trio":
        assert shares["loop"] > 0.005


def test_a_worker_on_asyncio_imports_neither_uvloop_nor_trio() -> None:
    code = "import sys, clientprof.workload.worker; print({'uvloop', 'trio'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"
