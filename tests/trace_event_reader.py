"""A strict reader of the trace event format: what Perfetto drops in silence or draws wrongly is an error here."""

import json
from dataclasses import dataclass, field
from typing import Any

# Nanoseconds as thousandths of a microsecond, in binary fractions.
_EXACT_US = 1e-3


@dataclass
class ReadTrace:
    """Slices by process name and track name as (name, start, end, args) in microseconds; flows by id, in order."""

    slices: dict[tuple[str, str], list[tuple[str, float, float, dict[str, Any]]]] = field(default_factory=dict)
    flows: dict[int, list[str]] = field(default_factory=dict)


def read_trace_events(content: bytes) -> ReadTrace:
    """Check that phases are known, tracks named, slices nest, and flows begin once and are bound to a slice."""
    document = json.loads(content)
    events = document["traceEvents"]
    names = {(e["pid"], e["tid"], e["name"]): e["args"].get("name") for e in events if e["ph"] == "M"}
    trace = ReadTrace()
    tracks: dict[tuple[int, int], list[tuple[str, float, float, dict[str, Any]]]] = {}
    flows: list[tuple[int, float, str, tuple[int, int]]] = []
    for event in events:
        assert event["ph"] in {"M", "X", "s", "t", "f", "i"}, event
        if event["ph"] == "M":
            continue
        place = (event["pid"], event["tid"])
        assert event["ts"] >= 0
        if event["ph"] == "X":
            assert event["dur"] >= 0
            row = (event["name"], event["ts"], event["ts"] + event["dur"], event.get("args", {}))
            tracks.setdefault(place, []).append(row)
        elif event["ph"] != "i":
            assert event["ph"] != "f" or event["bp"] == "e"
            flows.append((event["id"], event["ts"], event["ph"], place))
    for place, rows in tracks.items():
        _nested(rows)
        trace.slices[names[place[0], 0, "process_name"], names[*place, "thread_name"]] = rows
    starts = {place: {start for _, start, _, _ in rows} for place, rows in tracks.items()}
    for number, at, kind, place in sorted(flows, key=lambda flow: (flow[0], "stf".index(flow[2]))):
        assert at in starts[place], f"flow {number} {kind} at {at} begins at no slice"
        trace.flows.setdefault(number, []).append(kind)
    assert all(kinds[0] == "s" and kinds.count("s") == 1 and kinds.count("f") <= 1 for kinds in trace.flows.values())
    return trace


def _nested(rows: list[tuple[str, float, float, dict[str, Any]]]) -> None:
    open_until: list[float] = []
    for name, start, end, _ in sorted(rows, key=lambda row: (row[1], -row[2])):
        while open_until and open_until[-1] <= start + _EXACT_US:
            open_until.pop()
        assert not open_until or end <= open_until[-1] + _EXACT_US, f"{name} at {start} overlaps its neighbour"
        open_until.append(end)
