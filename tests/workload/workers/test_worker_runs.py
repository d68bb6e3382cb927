"""A worker under each lens: the protocol's events, and the columns that the lens promises."""

import pytest

import clientprof
from clientprof.clients import CLIENTS
from clientprof.model.run import RoundKind
from clientprof.origin.process import OriginProcess
from clientprof.recording.clock import clock_identity
from clientprof.workload.lenses import LENSES
from measurable_clients import LOOPED
from small_load import followed

pytestmark = pytest.mark.usefixtures("no_process_left")

GROUPS = {
    "control": {"round", "exchange"},
    "ledger": {"round", "exchange", "step", "mark", "write", "read", "connection"},
    "sample": {"round", "exchange", "sample"},
    "count": {"round", "exchange"},
    "pyinstrument": {"round", "exchange"},
    "tachyon": {"round", "exchange"},
}
OTHERS = {"given", "port", "gc", "sample", "stack", "frame", "closing", "handshake", "await", "chain", "link"}


@pytest.mark.parametrize("lens", [lens for lens in LENSES if lens != "memory"])
@pytest.mark.parametrize("client", LOOPED)
def test_each_lens_gives_its_columns_and_every_request_succeeds(client: str, lens: str, origin: OriginProcess) -> None:
    worker = followed(origin, client=client, lens=lens, arm=client, rounds=2, max_rounds=2)
    facts, columns = worker.run.facts, worker.run.columns
    assert (facts.client, facts.lens, facts.complete, facts.failure) == (client, lens, True, None)
    package = CLIENTS[client].package
    assert facts.client_version == (facts.packages[package] if package else clientprof.__version__)
    assert facts.opaque is CLIENTS[client].opaque
    assert [event["event"] for event in worker.events] == ["cold", "measured", "round", "round", "end"]
    assert list(columns["round.kind"]) == [RoundKind.COLD, RoundKind.MEASURED, RoundKind.MEASURED]
    assert set(columns["exchange.error"]) == {0}
    groups = {name.partition(".")[0] for name in columns}
    # Of an opaque client's connections nothing is seen.
    promised = GROUPS[lens] - ({"mark", "write", "read", "connection"} if facts.opaque else set())
    assert promised <= groups <= promised | OTHERS
    for group in groups:
        assert len({len(values) for name, values in columns.items() if name.startswith(f"{group}.")}) == 1
    assert not [note for note in facts.notes if note.startswith(("probe removed", "not found"))]


def test_the_ledger_has_the_origins_stamps_on_this_machines_clock(origin: OriginProcess) -> None:
    columns = followed(origin, lens="ledger").run.columns
    assert clock_identity() == origin.ready.identity
    assert min(columns["exchange.received_ns"]) > 0
    assert all(r <= w for r, w in zip(columns["exchange.received_ns"], columns["exchange.written_ns"], strict=True))


def test_counters_are_of_the_measured_rounds_only(origin: OriginProcess) -> None:
    facts = followed(origin, lens="count", rounds=3, max_rounds=3).run.facts
    counters = {counter.name: counter for counter in facts.counters}
    assert {counter.requests for counter in facts.counters} == {48}
    assert counters["tasks"].total == 48
    assert counters["socket_sends"].total == 48
    assert counters["connects"].total == counters["ssl_contexts"].total == 0
    assert facts.calls
    assert not any(call.file.startswith("/") for call in facts.calls)


def test_the_origin_counts_the_requests_that_the_worker_recorded(origin: OriginProcess) -> None:
    worker = followed(origin, rounds=3, max_rounds=3)
    journals = worker.journals
    assert journals["measured"].since(journals["cold"]).requests == 16
    assert journals["end"].since(journals["measured"]).requests == 48


def test_rounds_go_on_until_enough_cpu_is_spent_but_not_beyond_their_number(origin: OriginProcess) -> None:
    worker = followed(origin, rounds=1, max_rounds=4, min_cpu_s=1000.0)
    assert list(worker.run.columns["round.kind"]).count(RoundKind.MEASURED) == 4
    assert worker.run.facts.complete


def test_a_worker_out_of_time_keeps_its_rounds_and_says_it_is_incomplete(origin: OriginProcess) -> None:
    worker = followed(origin, rounds=3, max_rounds=3, max_seconds=0.0)
    assert list(worker.run.columns["round.kind"]).count(RoundKind.MEASURED) == 1
    assert not worker.run.facts.complete


@pytest.mark.parametrize("lens", ["ledger", "sample", "count"])
def test_a_single_request_at_once_is_enough(lens: str, origin: OriginProcess) -> None:
    run = followed(origin, lens=lens, concurrency=1, opening=1).run
    assert list(run.columns["exchange.error"]) == [0, 0]


@pytest.mark.parametrize("lens", ["control", "ledger", "count"])
def test_requests_that_all_fail_are_a_result(lens: str, origin: OriginProcess) -> None:
    run = followed(origin, lens=lens, path="/fault/reset").run
    assert len(run.facts.error_types) == 1
    assert set(run.columns["exchange.error"]) == {1}
    assert run.facts.complete
