"""From a program's recording to what its exporters write: the lanes with their samples, exchanges and steps."""

from array import array
from collections import defaultdict

from clientprof.attribution.costs.call_tree import call_tree
from clientprof.attribution.costs.function_costs import function_costs
from clientprof.attribution.costs.layer_costs import layer_costs
from clientprof.attribution.ledger.phase_segments import PHASES
from clientprof.attribution.programs.lane import Lane, facts_of, lanes_of, pairs
from clientprof.attribution.programs.program_phases import segments_of
from clientprof.attribution.programs.program_result import program_result
from clientprof.attribution.programs.window_weights import WindowWeights
from clientprof.model.export import (
    Activity,
    ClientExport,
    ConnectionLife,
    ExchangeActivity,
    Export,
    PhaseTime,
    TraceParent,
)
from clientprof.model.programs.export import ProgramExport
from clientprof.model.programs.recording import Peer, ProgramFacts
from clientprof.model.recording import Recording
from clientprof.model.results import ClientResult, TraceResult

# Columns hold signed integers of 64 bits; ids are unsigned.
_WORD = 1 << 64


def program_export(recording: Recording, *, activity: bool) -> ProgramExport:
    """The result, and the lanes; with ``activity`` all that happened in them, which takes the most memory.

    Raises:
        ValueError: it is the recording of something else.
    """
    facts, result = facts_of(recording), program_result(recording)
    lanes = sorted(lanes_of(recording), key=lambda lane: -lane.count)
    entries = [
        ClientExport(_as_client(lane, facts), lane_activity(lane, facts) if activity else None) for lane in lanes
    ]
    shown = tuple(entry for entry in entries if entry.client.profile is not None or entry.activity is not None)
    trace = TraceResult(
        title=result.title, command=result.command, created=result.created, seed=result.seed, complete=result.complete,
        environment=result.environment, workload=(), clients=tuple(entry.client for entry in shown),
    )  # fmt: skip
    return ProgramExport(result, Export(trace, shown, recording.manifest.clock_offset_ns))


def _as_client(lane: Lane, facts: ProgramFacts) -> ClientResult:
    process = facts.processes[lane.facts.process].name if lane.facts.process < len(facts.processes) else "program"
    time = WindowWeights(facts, lane).sampled_time() if lane.facts.sampled else None
    return ClientResult(
        name=f"{process}, {lane.facts.thread if lane.is_loop else 'threads'}, process {lane.facts.process}",
        version="",
        packages=facts.packages,
        loop=lane.run.facts.loop,
        control=None,
        cold=None,
        observer={},
        layers=() if time is None else layer_costs(time),
        functions=() if time is None else function_costs(time, (), 0),
        ledger=None,
        profile=None if time is None else call_tree(time),
        counters=(),
        boundaries=(),
        cross_check=(),
        unattributed_share=None,
        lenses=("program",),
    )


def lane_activity(lane: Lane, facts: ProgramFacts) -> Activity | None:
    """All that happened in the lane, nanoseconds since the measurement began; None without exchanges and steps."""
    numbers, steps = lane.detailed, lane.steps
    if not len(numbers) and steps is None:
        return None
    origin = facts.started_ns
    _, _, begin, end = lane.windows
    number_of = array("q", (steps.owner.tolist() if steps is not None else ()))
    starts = (steps.started - origin).tolist() if steps is not None else []
    closed = _mapping(lane, "closing.connection", "closing.at_ns")
    return Activity(
        rounds=tuple((start - origin, until - origin) for start, until in pairs(begin, end)),
        exchanges=_exchanges(lane, facts, origin),
        connections=tuple(
            ConnectionLife(number, opened - origin, closed[number] - origin if number in closed else None)
            for number, opened in enumerate(lane.integers("connection.opened_ns").tolist(), start=1)
        ),
        step_started_ns=array("q", starts[:-1]),
        step_ended_ns=array("q", starts[1:]),
        step_owner=number_of,
        collections=tuple(
            (at - origin, until - origin, generation)
            for at, until, generation in pairs(
                *(lane.integers(f"gc.{n}") for n in ("started_ns", "ended_ns", "generation"))
            )
        ),
        origin_ns=origin,
    )


def _exchanges(lane: Lane, facts: ProgramFacts, origin: int) -> tuple[ExchangeActivity, ...]:
    numbers = lane.detailed
    if not len(numbers):
        return ()
    found = segments_of(lane, numbers)
    phases: defaultdict[int, list[PhaseTime]] = defaultdict(list)
    states = zip(found.cpu.tolist(), found.ready.tolist(), strict=True)
    for (owner, phase, start, end), (cpu, ready) in zip(
        pairs(found.owner, found.phase, found.start, found.end), states, strict=True
    ):
        known = cpu == cpu  # not a number where nobody saw the states
        phases[owner].append(
            PhaseTime(
                PHASES[phase],
                start - origin,
                end - origin,
                round(cpu) if known else None,
                round(ready) if known else None,
            )
        )
    connections = _mapping(lane, "write.exchange", "write.connection")
    columns = {name: lane.of_exchanges(name).tolist() for name in ("status", "body_bytes", "error", "peer", "site")}
    first = lane.windows[0].tolist()
    parents = _parents(lane)
    types = lane.run.facts.error_types
    return tuple(
        ExchangeActivity(
            number=number,
            round=max(0, sum(start <= number for start in first) - 1) if len(first) > 1 else 0,
            connection=connections.get(number),
            status=columns["status"][number] or None,
            body_bytes=columns["body_bytes"][number],
            error=types[columns["error"][number] - 1] if 0 < columns["error"][number] <= len(types) else None,
            phases=tuple(phases[number]),
            address=_address(facts, columns["peer"][number]),
            site=_site(facts, columns["site"][number]),
            parent=parents.get(number),
        )
        for number in numbers.tolist()
        if number in phases
    )


def _parents(lane: Lane) -> dict[int, TraceParent]:
    """The spans of the program's own tracing, by the exchanges that began inside them."""
    columns = (lane.integers(f"traced.{name}").tolist() for name in ("exchange", "high", "low", "span"))
    return {
        exchange: TraceParent((high % _WORD) << 64 | low % _WORD, span % _WORD)
        for exchange, high, low, span in zip(*columns, strict=True)
        if exchange >= 0
    }


def _mapping(lane: Lane, keys: str, values: str) -> dict[int, int]:
    """One column's values by another's; the last one counts."""
    return dict(zip(lane.integers(keys).tolist(), lane.integers(values).tolist(), strict=True))


def _address(facts: ProgramFacts, place: int) -> str:
    peer: Peer | None = facts.peers[place] if 0 <= place < len(facts.peers) else None
    if peer is None:
        return ""
    host = f"[{peer.host}]" if ":" in peer.host else peer.host
    return f"{peer.scheme}://{host}:{peer.port}/"


def _site(facts: ProgramFacts, place: int) -> str:
    site = facts.sites[place] if 0 <= place < len(facts.sites) else None
    return "" if site is None else f"{site.file}:{site.line} {site.function}"
