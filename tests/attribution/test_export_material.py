"""What exports are made of: activity that is the ledger to the nanosecond, a call graph that counts recursion once."""

import pytest

from clientprof.attribution.costs.call_graph import call_graph
from clientprof.attribution.export_material import export_of
from clientprof.attribution.ledger.activity import activity_of
from clientprof.attribution.ledger.loop_ledger import build_ledger
from clientprof.model.layers import Layer
from clientprof.model.run import CallCount, CallEdge, Run
from clientprof.model.samples import CallNode, Profile
from clientprof.proof.plan import ExchangePlan, Plan
from clientprof.proof.scripted_run import play
from recordings import code, control_run, recording_of, run_of


def ledger_run() -> Run:
    played = play(Plan((ExchangePlan(),) * 6))[0]
    return run_of(
        played.columns, client="httpx", arm="httpx", lens="ledger", codes=played.facts.codes,
        boundaries=played.facts.boundaries, error_types=("PoolTimeout",),
    )  # fmt: skip


def test_activity_is_the_ledger_s_phases_and_states_one_by_one() -> None:
    run = ledger_run()
    ledger, activity = build_ledger(run), activity_of(run)
    assert ledger is not None
    assert activity is not None
    assert len(activity.exchanges) == ledger.requests == 6
    parts = [part for exchange in activity.exchanges for part in exchange.phases]
    for row in ledger.phases:
        mine = [part for part in parts if part.phase is row.phase]
        for total, of in (
            (row.wall_us, "wall_ns"), (row.cpu_us, "running_ns"), (row.ready_us, "ready_ns"), (row.wait_us, "waiting_ns"),
        ):  # fmt: skip
            assert sum(getattr(part, of) for part in mine) / 6000 == pytest.approx(total)
    for exchange in activity.exchanges:
        pairs = zip(exchange.phases, exchange.phases[1:], strict=False)
        assert all(before.ended_ns == after.started_ns for before, after in pairs)


def test_steps_and_rounds_begin_at_zero_and_lie_inside_the_round() -> None:
    activity = activity_of(ledger_run())
    assert activity is not None
    ((start, end),) = activity.rounds
    assert start == 0
    assert all(0 <= at < end for at in activity.step_started_ns)
    assert set(activity.step_owner) >= {exchange.number for exchange in activity.exchanges}
    assert len(activity.step_started_ns) == len(activity.step_ended_ns) == len(activity.step_owner)


def test_without_the_loop_s_steps_there_are_phases_but_no_states() -> None:
    run = ledger_run()
    activity = activity_of(Run(run.facts, {n: c for n, c in run.columns.items() if not n.startswith("step.")}))
    assert activity is not None
    assert len(activity.exchanges) == 6
    assert len(activity.step_owner) == 0
    parts = [part for exchange in activity.exchanges for part in exchange.phases]
    assert {(part.running_ns, part.ready_ns, part.waiting_ns) for part in parts} == {(None, None, None)}


def test_a_run_without_rounds_has_no_activity() -> None:
    assert activity_of(run_of(lens="ledger")) is None


def tree(*path: str) -> Profile:
    """One stack of those functions, 1 us in the innermost frame."""
    root = node = CallNode(code("x", "root", line=99), Layer.APP, 0.0, 1.0)
    for name in path:
        child = CallNode(code("x", name, line=ord(name)), Layer.APP, 0.0, 1.0)
        node.children.append(child)
        node = child
    node.self_us = 1.0
    return Profile(root, 1, 1, 1.0, 1000.0)


def test_recursion_is_counted_once_in_functions_and_in_calls() -> None:
    graph = call_graph((), (), tree("a", "b", "a", "b"), 10)
    assert graph is not None
    rows = {function.function: (function.self_us, function.total_us) for function in graph.functions}
    assert rows == {"root": (0.0, 10.0), "a": (0.0, 10.0), "b": (10.0, 10.0)}
    names = [function.function for function in graph.functions]
    calls = {(names[call.caller], names[call.callee]): call.total_us for call in graph.calls}
    assert calls == {("root", "a"): 10.0, ("a", "b"): 10.0, ("b", "a"): 10.0}


def test_counted_and_sampled_functions_meet_by_file_and_line() -> None:
    counts = (CallCount("x.py", ord("a"), "C.a", 3), CallCount("x.py", ord("b"), "b", 6), CallCount("y.py", 1, "c", 2))
    graph = call_graph(counts, (CallEdge(0, 1, 6),), tree("a", "b"), 1)
    assert graph is not None
    assert [(f.function, f.calls, f.self_us) for f in graph.functions] == [
        ("C.a", 3, 0.0), ("b", 6, 1.0), ("c", 2, 0.0), ("root", 0, 0.0),
    ]  # fmt: skip
    assert {(call.caller, call.callee): (call.calls, call.total_us) for call in graph.calls} == {
        (0, 1): (6, 1.0), (3, 0): (0, 1.0),
    }  # fmt: skip


def test_without_both_lenses_there_is_no_call_graph() -> None:
    assert call_graph((), (), None, 1) is None


def test_only_what_is_asked_for_is_gathered_and_only_for_the_clients_asked_for() -> None:
    recording = recording_of(
        ledger_run(), control_run(100.0, "httpx"), control_run(50.0, "aiohttp"), baseline="aiohttp"
    )
    bare = export_of(recording, ("httpx",))
    assert bare is not None
    assert [(entry.client.name, entry.activity, entry.call_graph) for entry in bare.clients] == [("httpx", None, None)]
    full = export_of(recording, recording.manifest.clients, activity=True)
    assert full is not None
    assert [entry.activity is None for entry in full.clients] == [False, True]
    assert len(full.result.comparisons) == 1
    assert export_of(recording, ("requests",)) is None
