"""Whether the hosts of a sweep agree on how CPU per request grows: each block is every n on one host, so it has a slope."""

import math
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from clientprof.attribution.costs.headline import cpu_us_per_request
from clientprof.model.findings import Notice
from clientprof.model.recording import Recording
from clientprof.stats.within_hosts import disagreement

# A difference of slopes that doubles nothing: over a factor of 64 in n it is 23 %.
_OF_NO_CONSEQUENCE = 0.05


def host_notices(recordings: Mapping[int, Recording], clients: Iterable[str]) -> Iterator[Notice]:
    """A notice for each client whose slopes differ between hosts by more than their blocks allow."""
    for client in clients:
        slopes = slopes_by_host(recordings, client)
        found = disagreement(slopes)
        means = {host: float(np.mean(values)) for host, values in slopes.items()}
        if found is not None and found > 1 and max(means.values()) - min(means.values()) > _OF_NO_CONSEQUENCE:
            told = ", ".join(f"{mean:.2f} on {host}" for host, mean in sorted(means.items()))
            yield Notice(
                "hosts-disagree",
                f"The hosts differ in how CPU per request of {client} grows by more than their blocks allow: slope {told}.",
                "The slope shown is the mean of these hosts.",
            )


def slopes_by_host(recordings: Mapping[int, Recording], client: str) -> dict[str, list[float]]:
    """The log-log slope of CPU per request over n in each block, by host; empty where no host was named."""
    points: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for n, recording in recordings.items():
        for run in recording.of(client, "control"):
            cpu = cpu_us_per_request(run)
            if run.facts.host and cpu is not None and cpu > 0:
                points.setdefault((run.facts.host, run.facts.block), []).append((math.log(n), math.log(cpu)))
    found: dict[str, list[float]] = {}
    for (host, _), block in points.items():
        x, y = np.array(block).T
        if np.ptp(x) > 0:
            found.setdefault(host, []).append(float(np.polyfit(x, y, 1)[0]))
    return found
