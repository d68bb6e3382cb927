"""Small recordings built by hand: columns from rows, and runs, manifests and recordings around them."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from clientprof.model.layers import Layer
from clientprof.model.recording import Manifest, Recording
from clientprof.model.run import RoundKind, Run, RunFacts
from clientprof.model.samples import Boundary, CodeLocation

TURN = CodeLocation("asyncio.base_events", "BaseEventLoop._run_once", "asyncio/base_events.py", 1, "stdlib")

FACTS = RunFacts(
    client="httpx", lens="ledger", arm="httpx", block=0, requests_per_round=1, complete=True, client_version="0.28.1"
)


def code(module: str, function: str = "f", origin: str = "package", line: int = 1) -> CodeLocation:
    return CodeLocation(module, function, module.replace(".", "/") + ".py", line, origin)


def boundary(location: CodeLocation, layer: Layer) -> Boundary:
    return Boundary(location.module, location.function, layer, True, location.file, location.line)


def columns(group: str, names: Sequence[str], rows: Iterable[Sequence[int]]) -> dict[str, "array[int]"]:
    """``columns("read", ("at_ns", "exchange"), [(5, 0)])`` is the columns ``read.at_ns`` and ``read.exchange``."""
    table = list(rows)
    return {f"{group}.{name}": array("q", [row[n] for row in table]) for n, name in enumerate(names)}


def rounds(*rows: tuple[RoundKind, int, int, int, int]) -> dict[str, "array[int]"]:
    """Rows of kind, first, count, started, ended; a round's CPU is 80 % of its wall time."""
    whole = [(*row, (row[4] - row[3]) * 8 // 10, (row[4] - row[3]) * 8 // 10, 0) for row in rows]
    names = ("kind", "first", "count", "started_ns", "ended_ns", "cpu_ns", "thread_cpu_ns", "involuntary")
    return columns("round", names, whole)


def exchanges(*rows: tuple[int, ...]) -> dict[str, "array[int]"]:
    """Rows of started, ended and, if given, error, received, written."""
    whole = [(*row, *(0,) * (5 - len(row))) for row in rows]
    found = columns("exchange", ("started_ns", "ended_ns", "error", "received_ns", "written_ns"), whole)
    zeros = array("q", [0] * len(whole))
    return {**found, "exchange.status": zeros, "exchange.body_bytes": zeros}


def sampled(
    stacks: Sequence[Sequence[CodeLocation]], samples: Iterable[tuple[int, ...]]
) -> tuple[tuple[CodeLocation, ...], dict[str, "array[int]"]]:
    """Codes and columns of stacks given outermost first, and of samples (at, weight, stack, and garbage if any)."""
    codes = tuple(dict.fromkeys(location for stack in stacks for location in stack))
    frames = [codes.index(location) for stack in stacks for location in reversed(stack)]
    firsts = [sum(len(stack) for stack in stacks[:n]) for n in range(len(stacks))]
    found = columns("stack", ("first", "count"), zip(firsts, map(len, stacks), strict=True))
    found |= columns("frame", ("code", "line"), ((number, 1) for number in frames))
    whole = [(*row, 0)[:4] for row in samples]
    found |= columns("sample", ("at_ns", "weight_ns", "stack", "gc_ns"), whole)
    found["sample.exchange"] = array("q", [-1] * len(whole))
    return codes, found


def run_of(*parts: Mapping[str, "array[int]"], **facts: object) -> Run:
    together: dict[str, array[int]] = {}
    for part in parts:
        together |= part
    return Run(replace(FACTS, **facts), together)  # type: ignore[arg-type]


def sample_run(
    stacks: Sequence[Sequence[CodeLocation]],
    samples: Iterable[tuple[int, ...]],
    *boundaries: Boundary,
    requests: int = 1,
    **facts: object,
) -> Run:
    """A run of the sample lens with one warm round."""
    codes, found = sampled(stacks, samples)
    last = max(found["sample.at_ns"], default=0) + 1
    facts = {"lens": "sample", "codes": codes, "boundaries": boundaries, **facts}
    return run_of(found, rounds((RoundKind.MEASURED, 0, requests, 0, last)), **facts)


def control_run(cpu_us: float = 100.0, arm: str = "httpx", *, block: int = 0, errors: int = 0, count: int = 4) -> Run:
    """A run of the control lens: one warm round of ``count`` requests, the first ``errors`` of them failed."""
    wall_ns = round(cpu_us * 1000 * count)
    found = rounds((RoundKind.MEASURED, 0, count, 1000, 1000 + wall_ns))
    found["round.cpu_ns"] = found["round.thread_cpu_ns"] = array("q", [wall_ns])
    rows = [(1000, 1000 + wall_ns * (n + 1) // count, int(n < errors)) for n in range(count)]
    client = arm.removesuffix(" again")
    return run_of(
        found, exchanges(*rows), client=client, arm=arm, lens="control", block=block, error_types=("PoolTimeout",)
    )


def recording_of(*runs: Run, baseline: str | None = None, complete: bool = True) -> Recording:
    names = dict.fromkeys(run.facts.client for run in runs)
    ordered = tuple(sorted(names, key=lambda name: name == baseline))
    manifest = Manifest(
        schema="clientprof.recording/1",
        created="2026-01-01T00:00:00Z", command=("clientprof", "trace"), seed=1, complete=complete, tool_version="0",
        baseline=baseline, clients=ordered, environment=(), workload=(),
    )  # fmt: skip
    return Recording(manifest, runs)
