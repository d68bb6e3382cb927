"""A newer interpreter runs the same Python code with less CPU."""

from clientprof.experiments.suspects.suspect import Case, Evidence, Intervention, Suspect
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer

# System calls and encryption take what they take, whoever asks for them.
_NOT_THE_INTERPRETERS = (Layer.IO, Layer.TLS)


def _evidence(case: Case) -> Evidence | None:
    if not case.pythons:
        return None
    newest = case.pythons[0]
    own = case.client.interpreter
    beside = "" if own is None else f" beside {own.version}"
    if newest.ratio is None:
        return Evidence(f"CPython {newest.version} is on this machine{beside}", None)
    python_us = case.total_us - sum(case.layer_us(layer) for layer in _NOT_THE_INTERPRETERS)
    return Evidence(
        f"CPython {newest.version} is on this machine{beside}; a fixed program of calls and tasks takes {newest.ratio:.2f} "
        f"times the CPU there, and {python_us:,.0f} µs per request lie outside sockets and TLS",
        max(0.0, (1 - newest.ratio) * python_us),
    )


SUSPECT = Suspect(
    id="newer-python",
    kind=Kind.ENVIRONMENT,
    layer=Layer.OTHER,
    hypothesis="an older interpreter takes more CPU for the same calls, whatever they are for",
    adapters=frozenset(),
    evidence=_evidence,
    intervention=lambda case: Intervention(pythons=case.pythons),
    absent="this machine has no newer CPython that can be measured than the client's, without free threading",
    gives_up="everything that the program needs must run on that Python; what the client is held against gains by it too",
    mistaken="the program may spend its time in C code, which no interpreter makes faster",
    remedy="Run the program on a newer Python.",
    code="uv venv --python 3.14  # or the newest that your packages have wheels for",
    last=True,
)
