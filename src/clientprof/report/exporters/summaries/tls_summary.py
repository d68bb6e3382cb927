"""``clients[].tls`` of the summary."""

from dataclasses import asdict

from clientprof.model.costs.tls_costs import TlsCosts


def tls_summary(costs: TlsCosts | None) -> dict[str, object] | None:
    """Parts by name with their count and CPU each; None where no TLS was seen."""
    if costs is None:
        return None
    return {
        "requests": costs.requests,
        "handshakes": costs.handshakes,
        "resumed": costs.resumed,
        "growth": None if costs.growth is None else asdict(costs.growth),
        "parts": {
            part.work.name.lower(): {"count": part.count, "cpu_us_each": asdict(part.cpu_us_each)}
            for part in costs.parts
        },
    }
