"""The event loop of the standard library is Python; uvloop is one in C."""

from clientprof.experiments.suspects.evidence.profile_weight import WORTH, own_us
from clientprof.experiments.suspects.suspect import Case, Evidence, Intervention, Suspect
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer
from clientprof.workload.load.scenario import Loop

_OWN = (
    "asyncio.base_events",
    "asyncio.events",
    "asyncio.selector_events",
    "asyncio.transports",
    "asyncio.trsock",
    "selectors",
)


def _evidence(case: Case) -> Evidence | None:
    spent = own_us(case, *_OWN)
    if case.scenario.loop is not Loop.ASYNCIO or spent < WORTH * case.total_us:
        return None
    callbacks = case.counter("loop_callbacks_per_request")
    how_often = "" if callbacks is None else f" for {callbacks.value:.1f} callbacks per request"
    return Evidence(f"asyncio's loop and transports take {spent:,.1f} µs{how_often}, system calls included", spent)


SUSPECT = Suspect(
    id="asyncio-loop",
    kind=Kind.SWAP,
    layer=Layer.LOOP,
    hypothesis="asyncio runs its callbacks, timers and transports in Python",
    adapters=frozenset(),
    evidence=_evidence,
    intervention=lambda case: Intervention(packages=("uvloop",), scenario={"loop": Loop.UVLOOP}),
    absent="the client does not run on asyncio's own loop, or the loop takes less than 1 % of its CPU",
    gives_up="uvloop is another implementation: not on Windows, other transports, its own C code seen by no profiler",
    mistaken="uvloop must make the same system calls: what is predicted is an upper bound",
    remedy="Run the program on uvloop.",
    code="# pip install uvloop\nimport uvloop\n\nuvloop.run(main())",
)
