"""Exporters in the small: totals are the result's to the last unit, and hostile names neither break a format nor vanish."""

import csv
import io
from array import array
from dataclasses import replace
from pathlib import Path

import pytest

from clientprof.model.export import (
    Activity,
    Call,
    CalledFunction,
    CallGraph,
    ClientExport,
    ConnectionLife,
    ExchangeActivity,
    Export,
    PhaseTime,
)
from clientprof.model.phases import Phase
from clientprof.model.results import TraceResult
from clientprof.model.samples import CallNode
from clientprof.report.exporters import EXPORTERS
from clientprof.report.exporters.chrome_trace import Lanes, to_chrome_trace_of_all
from clientprof.report.exporters.har import to_har_of_all
from clientprof.report.exporters.one_line import one_line
from export_readers import read_callgrind, read_collapsed, read_har, read_pstats, read_speedscope
from hostile_result import PAYLOAD, hostile_result
from pprof_reader import read_pprof
from sample_result import sample_result
from trace_event_reader import read_trace_events

HOSTILE = f'a;b "c"\r\nfn=(1) x\ncalls=1 1{PAYLOAD}'
ALL_PHASES = tuple(Phase)


def exchange(number: int, error: str | None = None, phases: tuple[Phase, ...] = ALL_PHASES) -> ExchangeActivity:
    """A request of overlapping ones, each phase 1 us longer than the one before; running 1, ready 2 of every 10 ns."""
    begun = 700 * number
    spans: list[PhaseTime] = []
    for rank, phase in enumerate(phases):
        length = 1000 * (rank + 1)
        spans.append(PhaseTime(phase, begun, begun + length, length // 10, length // 5))
        begun += length
    return ExchangeActivity(
        number, 0, None if error else number % 2 + 1, None if error else 200, 10, error, tuple(spans)
    )


def export_of(result: TraceResult, name: str = "f", error: str = "PoolTimeout") -> Export:
    """The result's clients with four exchanges, one of them failed, and a small call graph."""
    exchanges = (*(exchange(n) for n in range(3)), exchange(3, error, (Phase.PREPARE, Phase.POOL)))
    activity = Activity(
        rounds=((0, 200_000),), exchanges=exchanges, connections=(ConnectionLife(1, -5, None), ConnectionLife(2, 3, 9)),
        step_started_ns=array("q", [0, 50, 90_000]), step_ended_ns=array("q", [50, 900, 90_100]),
        step_owner=array("q", [-2, -3, 0]), collections=((100, 200, 2),),
    )  # fmt: skip
    functions = (
        CalledFunction(f"{name}.py", 3, name, 4, 10.0, 60.0),
        CalledFunction(f"{name}.py", 9, f"{name}2", 8, 50.0, 50.0),
    )
    graph = CallGraph(4, functions, (Call(0, 1, 8, 50.0),))
    return Export(result, tuple(ClientExport(client, activity, graph) for client in result.clients))


def write(name: str, export: Export) -> bytes:
    return EXPORTERS[name].write(export)


@pytest.fixture(params=["plain", "hostile"])
def export(request: pytest.FixtureRequest) -> Export:
    if request.param == "plain":
        return export_of(sample_result())
    hostile = hostile_result()
    return export_of(replace(hostile, clients=tuple(map(_renamed, hostile.clients))), HOSTILE, HOSTILE)


def _renamed(client: object) -> object:
    """The client with a call tree whose functions have the most hostile name."""
    profile = client.profile  # type: ignore[attr-defined]

    def node(old: CallNode) -> CallNode:
        location = replace(old.location, function=old.location.function + HOSTILE)
        return replace(old, location=location, children=[node(child) for child in old.children])

    return replace(client, profile=replace(profile, root=node(profile.root)))  # type: ignore[type-var]


def test_speedscope_s_weights_are_the_profile_s(export: Export) -> None:
    read = read_speedscope(write("speedscope", export))
    totals = [entry.client.profile.cpu_us_per_request for entry in export.clients if entry.client.profile]
    assert [sum(stacks.values()) for stacks in read.values()] == [
        pytest.approx(entry.client.profile.root.total_us) for entry in export.clients if entry.client.profile
    ]
    assert len(totals) == 2


def test_integer_weights_add_up_to_the_profile_s_to_the_nanosecond(export: Export) -> None:
    profile = export.clients[0].client.profile
    assert profile is not None
    whole_ns = round(profile.root.total_us * profile.requests * 1000)
    lines, samples = read_collapsed(write("collapsed", export)), read_pprof(write("pprof", export))
    assert abs(sum(lines.values()) - whole_ns) <= 1
    assert sum(weight for _, weight in samples.values()) == sum(lines.values())


def test_trace_events_and_har_hold_every_exchange(export: Export) -> None:
    activity = export.clients[0].activity
    assert activity is not None
    walls = sorted(e.ended_ns - e.started_ns for e in activity.exchanges)
    trace = read_trace_events(write("chrome-trace", export))
    rows = [row for (process, _), rows in trace.slices.items() if process == "requests" for row in rows]
    read = sorted(round((end - start) * 1000) for name, start, end, _ in rows if name.startswith("request "))
    assert read == walls
    assert [args["error"] for *_, args in rows if "error" in args] == [one_line(activity.exchanges[3].error or "")]
    entries = read_har(write("har", export))
    assert sorted(round(entry["time"] * 1e6) for entry in entries) == walls


def test_loops_of_a_program_share_one_file_and_keep_their_own_processes_flows_and_pages() -> None:
    whole = export_of(sample_result())
    loops = len(whole.clients)
    assert loops == 2
    trace = read_trace_events(to_chrome_trace_of_all(whole))
    assert len({process for process, _ in trace.slices}) == 3 * loops
    assert len(trace.flows) == 4 * loops
    entries = read_har(to_har_of_all(whole))
    assert [entry["pageref"] for entry in entries] == ["round_0"] * 4 + ["round_1"] * 4


def test_har_s_timings_are_the_phases_as_its_specification_maps_them() -> None:
    first, *_, failed = read_har(write("har", export_of(sample_result())))
    us = {phase: rank + 1 for rank, phase in enumerate(ALL_PHASES)}
    expected = {
        "blocked": us[Phase.PREPARE] + us[Phase.POOL], "dns": us[Phase.DNS],
        "connect": us[Phase.CONNECT] + us[Phase.TLS] + us[Phase.H2_SETUP], "ssl": us[Phase.TLS], "send": us[Phase.SEND],
        "wait": sum(us[p] for p in (Phase.UPLINK, Phase.SERVER, Phase.DOWNLINK, Phase.WAIT, Phase.LOOP)),
        "receive": sum(us[p] for p in (Phase.HEADERS, Phase.BODY, Phase.STREAM, Phase.RELEASE, Phase.UNATTRIBUTED)),
    }  # fmt: skip
    assert {name: round(ms * 1000) for name, ms in first["timings"].items()} == expected
    assert (failed["response"]["status"], failed["_error"]) == (0, "PoolTimeout")
    assert failed["timings"] == {
        "send": 0, "wait": 0, "receive": 0, "blocked": 0.003, "dns": -1, "connect": -1, "ssl": -1,
    }  # fmt: skip


def test_states_that_are_not_known_are_left_out() -> None:
    known = exchange(0)
    unknown = replace(known, phases=tuple(replace(part, running_ns=None, ready_ns=None) for part in known.phases))
    entry = export_of(sample_result()).clients[0]
    assert entry.activity is not None
    without = Export(sample_result(), (replace(entry, activity=replace(entry.activity, exchanges=(unknown,))),))
    trace = read_trace_events(write("chrome-trace", without))
    rows = [row for (process, _), rows in trace.slices.items() if process == "requests" for row in rows]
    assert [args for name, _, _, args in rows if not name.startswith("request")] == [{}] * len(ALL_PHASES)
    assert set(read_har(write("har", without))[0]["_clientprof"]) == {"phases_ms"}
    cells = next(csv.DictReader(io.StringIO(write("csv-exchanges", without).decode(), newline="")))
    assert (cells["running_ns"], cells["ready_ns"], cells["waiting_ns"]) == ("", "", "")


def test_callgrind_and_pstats_hold_the_call_graph(export: Export, tmp_path: Path) -> None:
    graph = export.clients[0].call_graph
    assert graph is not None
    names = [one_line(function.function) for function in graph.functions]
    cpu_ns, own, edges = read_callgrind(write("callgrind", export))
    assert cpu_ns == 60_000
    assert own == dict(zip(names, (4, 8), strict=True))
    assert list(edges.values()) == [8]
    path = tmp_path / "x.pstats"
    path.write_bytes(write("pstats", export))
    stats = read_pstats(path)
    assert stats.total_calls == 12  # type: ignore[attr-defined]
    assert stats.total_tt == pytest.approx(60e-6)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", [name for name in EXPORTERS if name.startswith("csv-")])
def test_tables_keep_one_record_per_line_and_their_width(name: str, export: Export) -> None:
    text = write(name, export).decode()
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert len(rows) > 2
    assert {len(row) for row in rows} == {len(rows[0])}
    assert len(rows) == text.count("\n")


def test_no_cell_begins_a_formula() -> None:
    client = sample_result().clients[0]
    bad = replace(client, name="=HYPERLINK(1)")
    rows = csv.DictReader(io.StringIO(write("csv-layers", Export(sample_result(), (ClientExport(bad),))).decode()))
    assert next(rows)["client"].startswith("'=HYPERLINK(1)")


def test_names_lose_nothing_but_what_cannot_be_printed() -> None:
    assert one_line("</script> \"q\" 'é' ;") == "</script> \"q\" 'é' ;"
    assert one_line("a\nb\x00\u202e\udc80") == "a\\nb\\x00\\u202e\\udc80"


def test_hostile_names_are_in_the_stacks_whole() -> None:
    profiles = read_speedscope(write("speedscope", export_of(hostile_result())))
    assert all(one_line(PAYLOAD) in frame for stacks in profiles.values() for stack in stacks for frame in stack)


def test_lanes_are_used_again_and_never_twice_at_once() -> None:
    lanes = Lanes()
    assert [lanes.take(*span) for span in ((0, 10), (5, 7), (6, 9), (7, 8), (10, 11))] == [0, 1, 2, 1, 0]
