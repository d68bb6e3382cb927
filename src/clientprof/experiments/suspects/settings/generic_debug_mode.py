"""In debug mode asyncio notes the stack at every callback, and checks threads and durations."""

from clientprof.experiments.suspects.evidence.profile_weight import below_us
from clientprof.experiments.suspects.suspect import Case, Evidence, Intervention, Suspect
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer

_NOTING = "asyncio.format_helpers:extract_stack"


def _evidence(case: Case) -> Evidence | None:
    spent = below_us(case, _NOTING)
    if not spent:
        return None
    return Evidence(f"asyncio is in debug mode: noting the stack of callbacks and tasks takes {spent:,.1f} µs", spent)


SUSPECT = Suspect(
    id="debug-mode",
    kind=Kind.ENVIRONMENT,
    layer=Layer.LOOP,
    hypothesis="PYTHONASYNCIODEBUG or Python's development mode makes every callback and task note where it came from",
    adapters=frozenset(),
    evidence=_evidence,
    intervention=lambda case: Intervention(variables={"PYTHONASYNCIODEBUG": "", "PYTHONDEVMODE": ""}),
    absent="nobody notes the stacks of callbacks: the loop is not in debug mode",
    mistaken="a program can also turn it on itself, with loop.set_debug(True) or asyncio.run(..., debug=True)",
    remedy="Run without debug mode.",
    code="unset PYTHONASYNCIODEBUG PYTHONDEVMODE  # and no -X dev, no asyncio.run(main(), debug=True)",
)
