"""A logger that is enabled makes, formats and writes a record for each of the client's events."""

from clientprof.experiments.suspects.evidence.profile_weight import below_us
from clientprof.experiments.suspects.suspect import Case, Evidence, Suspect, patch
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer


def _evidence(case: Case) -> Evidence | None:
    # Only an enabled logger comes as far as this; asking whether it is enabled costs little.
    if not below_us(case, "logging:Logger._log"):
        return None
    spent = below_us(case, "logging")
    return Evidence(f"a logger is enabled: records take {spent:,.1f} µs", spent)


SUSPECT = Suspect(
    id="debug-logging",
    kind=Kind.SETTING,
    layer=Layer.OTHER,
    hypothesis="a logger of the client or of asyncio is enabled at DEBUG or INFO, and every request makes records",
    adapters=frozenset(),
    evidence=_evidence,
    intervention=patch("logging_off"),
    absent="no log record is made while requests run",
    gives_up="all log records below CRITICAL, errors too; the remedy keeps those",
    mistaken="what the program's own handlers do with a record counts here as well",
    remedy="Raise the level of the client's loggers.",
    code=(
        "import logging\n\n"
        'for name in ("httpx", "httpcore", "aiohttp", "asyncio"):\n'
        "    logging.getLogger(name).setLevel(logging.WARNING)"
    ),
)
