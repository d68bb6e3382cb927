"""The event loop of the standard library is Python; uvloop is one in C."""

from clientprof.experiments.suspects.suspect import Case, Evidence, Intervention, Suspect
from clientprof.model.layers import Layer
from clientprof.model.suspicions import Kind
from clientprof.workload.scenario import Loop

_WORTH = 0.01


def _evidence(case: Case) -> Evidence | None:
    spent = case.layer_us(Layer.LOOP)
    if case.scenario.loop is not Loop.ASYNCIO or spent < _WORTH * case.total_us:
        return None
    callbacks = case.counter("loop_callbacks_per_request")
    how_often = "" if callbacks is None else f" for {callbacks.value:.1f} callbacks per request"
    return Evidence(f"asyncio's loop takes {spent:,.1f} us{how_often}", spent)


SUSPECT = Suspect(
    id="asyncio-loop",
    kind=Kind.SWAP,
    layer=Layer.LOOP,
    hypothesis="asyncio runs its callbacks, timers and transports in Python",
    adapters=frozenset(),
    evidence=_evidence,
    intervention=lambda case: Intervention(packages=("uvloop",), scenario={"loop": Loop.UVLOOP}),
    absent="the client does not run on asyncio's own loop, or the loop takes less than 1 % of its CPU",
    gives_up="uvloop is another implementation: not on Windows, other transports, nothing of it seen by profilers",
    mistaken="transports are the loop's too but count as I/O here: the gain can be larger than predicted",
    remedy="Run the program on uvloop.",
    code="# pip install uvloop\nimport uvloop\n\nuvloop.run(main())",
)
