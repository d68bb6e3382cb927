"""``clients[].aging`` of the summary."""

from collections.abc import Sequence
from dataclasses import asdict

from clientprof.model.growth.aging import AgingCost


def aging_summary(costs: Sequence[AgingCost]) -> list[dict[str, object]]:
    """All CPU first, ``function`` null, then functions."""
    return [
        {
            "layer": None if row.layer is None else str(row.layer),
            "module": None if row.location is None else row.location.module,
            "function": None if row.location is None else row.location.function,
            "requests_before": list(row.requests),
            "cpu_us_per_request": list(row.us_per_request),
            "slope": None if row.slope is None else asdict(row.slope),
            "grows": row.grows,
        }
        for row in costs
    ]
