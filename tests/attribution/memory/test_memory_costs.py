"""From blocks at moments to bytes a request, a connection and a client, on rows made by hand."""

from array import array
from collections.abc import Sequence
from dataclasses import replace

import pytest

from client_results import client
from clientprof.attribution.findings.memory import grows
from clientprof.attribution.findings.subject import Subject
from clientprof.attribution.memory.memory_costs import memory_costs
from clientprof.model.costs.memory import MemoryCosts, Moment
from clientprof.model.layers import Layer
from clientprof.model.run import RoundKind, Run
from recordings import code, columns, rounds, run_of, sampled

POOL, PARSER, HELPER, OURS = (
    code("httpcore._async.connection_pool", "assign"),
    code("h11._connection", "receive"),
    code("contextlib", "__init__", origin="stdlib"),
    code("clientprof.probes.memory.traces", "take", origin="profiler"),
)
STACKS = ([POOL], [POOL, PARSER], [POOL, HELPER], [OURS])
IDLE = [(0, 5_000, 5), (1, 3_000, 3), (3, 100, 1)]
# Ten requests in flight: 200 bytes each in the pool (a helper's among them), 300 in the parser; the instrument's are no
# client's.
FULL = [(0, 6_000, 15), (1, 6_000, 13), (2, 1_000, 10), (3, 90_000, 7)]
MOMENTS = [
    (Moment.NONE, 0, 2, [(3, 50, 1)]),
    (Moment.CLIENT, 0, 2, [(0, 1_000, 1)]),
    (Moment.IDLE, 0, 6, IDLE),
    (Moment.ONE, 1, 6, [(0, 5_200, 6), (1, 3_300, 4)]),
    (Moment.IDLE, 0, 6, IDLE),
    (Moment.FULL, 10, 12, FULL),
    (Moment.IDLE, 0, 6, IDLE),
    (Moment.FULL, 10, 12, FULL),
    (Moment.IDLE, 0, 6, IDLE),
    (Moment.AGED, 0, 6, [*IDLE, (2, 40_000, 40)]),
]
AGEING = ("requests", "held_bytes", "sockets", "garbage_bytes", "garbage_objects")


def memory_run(
    moments: Sequence[tuple[Moment, int, int, list[tuple[int, int, int]]]], ageing: list[tuple[int, ...]]
) -> Run:
    codes, found = sampled(STACKS, [])
    found = {name: values for name, values in found.items() if not name.startswith("sample.")}
    found |= columns("moment", ("kind", "in_flight", "sockets"), [row[:3] for row in moments])
    rows = [(number, *block) for number, moment in enumerate(moments) for block in moment[3]]
    found |= columns("memory", ("moment", "stack", "bytes", "blocks"), rows)
    found |= columns("ageing", AGEING, ageing)
    found |= columns("resident", ("requests", "bytes"), [(0, 40_000), (10, 50_000), (20, 50_000), (30, 50_000)])
    run = run_of(rounds((RoundKind.MEASURED, 0, 10, 0, 10)), found)
    facts = replace(run.facts, lens="memory", codes=codes, module_layers={"httpcore": "pool", "h11": "http"})
    return Run(facts, run.columns)


def costs(held: list[int], sockets: list[int] | None = None) -> MemoryCosts:
    opened = sockets or [6] * len(held)
    rows = [(n * 10, bytes_, opened[n], n and 7_000, n and 20) for n, bytes_ in enumerate(held)]
    found = memory_costs(memory_run(MOMENTS, rows))
    assert found is not None
    found.self_check()
    return found


def test_bytes_belong_to_the_innermost_frame_with_a_layer_and_the_instruments_own_to_nobody() -> None:
    found = costs([8_000, 8_000, 8_000])
    assert (found.in_flight, found.per_request, found.apart, found.alone) == (10, 500.0, 0.0, 500.0)
    assert {row.layer: row.per_request for row in found.layers} == {Layer.POOL: 200.0, Layer.HTTP: 300.0}
    assert [found.share(row) for row in found.layers] == [0.4, 0.6]
    assert (found.per_client, found.per_connection, found.sockets, found.idle_sockets) == (1_000.0, 1_750.0, 10, 4)
    assert [(row.function, row.bytes_per_request, row.blocks_per_request) for row in found.functions] == [
        ("receive", 300.0, 1.0),
        ("assign", 200.0, 2.0),
    ]
    assert found.resident_bytes == 50_000
    assert found.growth is not None
    assert (found.growth.garbage_bytes.value, found.growth.garbage_objects.value) == (700.0, 2.0)


def test_a_layer_that_frees_while_a_request_is_in_flight_has_no_share_and_the_rest_have_all() -> None:
    moments = [
        (kind, n, sockets, [(0, 4_000, 4), *blocks[1:]] if kind is Moment.FULL else blocks)
        for kind, n, sockets, blocks in MOMENTS
    ]
    found = memory_costs(memory_run(moments, [(0, 1, 6, 0, 0), (10, 1, 6, 0, 0)]))
    assert found is not None
    assert {row.layer: found.share(row) for row in found.layers} == {Layer.POOL: 0.0, Layer.HTTP: 1.0}


def test_two_rounds_that_differ_say_by_how_much() -> None:
    moments = list(MOMENTS)
    moments[7] = (Moment.FULL, 10, 12, [*FULL[:1], (1, 7_000, 13), *FULL[2:]])
    found = memory_costs(memory_run(moments, [(0, 1, 6, 0, 0), (10, 1, 6, 0, 0)]))
    assert found is not None
    assert (found.per_request, found.apart) == (550.0, pytest.approx(100 / 550))


def test_without_all_requests_in_flight_there_is_no_figure() -> None:
    assert memory_costs(memory_run(MOMENTS[:5], [])) is None
    assert memory_costs(run_of(rounds((RoundKind.MEASURED, 0, 10, 0, 10)), {"moment.kind": array("q")})) is None


def test_memory_that_stays_after_every_round_is_a_finding_that_names_who_holds_it() -> None:
    found = costs([8_000, 18_000, 28_000, 38_000, 48_000])
    finding = grows(Subject(replace(client(), memory=found)))
    assert finding is not None
    assert finding.id == "memory-grows"
    assert "1,000 bytes of every request" in finding.title
    assert [culprit.function for culprit in finding.culprits] == ["assign"]


@pytest.mark.parametrize(
    ("held", "sockets"),
    [
        ([8_000, 8_000, 8_000, 8_000, 8_000], None),
        # A table that grew once, and garbage of allocators.
        ([8_000, 28_000, 28_000, 28_010, 28_000], None),
        # The pool kept four more connections, of 1,750 bytes each, from round to round.
        ([8_000, 15_000, 22_000, 29_000, 36_000], [6, 10, 14, 18, 22]),
    ],
)
def test_healthy_memory_is_no_finding(held: list[int], sockets: list[int] | None) -> None:
    assert grows(Subject(replace(client(), memory=costs(held, sockets)))) is None
    assert grows(Subject(client())) is None
