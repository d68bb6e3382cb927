"""Without its C extensions aiohttp parses responses and writes headers in Python."""

from clientprof.experiments.suspects.evidence.profile_weight import below_us
from clientprof.experiments.suspects.suspect import Case, Evidence, Intervention, Suspect
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer

_IN_PYTHON = (
    "aiohttp.http_parser:HttpParser.feed_data",
    "aiohttp.http_writer:_py_serialize_headers",
)


def _evidence(case: Case) -> Evidence | None:
    spent = below_us(case, *_IN_PYTHON)
    return Evidence(f"aiohttp parses and writes in Python: {spent:,.1f} µs", spent) if spent else None


SUSPECT = Suspect(
    id="aiohttp-pure-python",
    kind=Kind.ENVIRONMENT,
    layer=Layer.HTTP,
    hypothesis="aiohttp runs without its C extensions: AIOHTTP_NO_EXTENSIONS is set, or no wheel was made for this Python",
    adapters=frozenset({"aiohttp"}),
    evidence=_evidence,
    intervention=lambda case: Intervention(variables={"AIOHTTP_NO_EXTENSIONS": ""}),
    absent="responses are parsed in C",
    mistaken="where the extensions are not installed at all, the variable changes nothing",
    remedy="Install a wheel, or compile aiohttp with its extensions, and leave AIOHTTP_NO_EXTENSIONS unset.",
    code="unset AIOHTTP_NO_EXTENSIONS\npip install --force-reinstall --only-binary=aiohttp aiohttp",
)
