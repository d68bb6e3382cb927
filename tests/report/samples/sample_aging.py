"""Costs over a client's age: all CPU and one function grow with the requests made before, another function does not."""

from clientprof.model.estimate import Estimate
from clientprof.model.growth.aging import AgingCost
from clientprof.model.layers import Layer
from clientprof.model.samples import CodeLocation

REQUESTS = tuple(float(320 * each + 160) for each in range(50))


def sample_aging() -> tuple[AgingCost, ...]:
    """Fifty rounds of 320 requests; from 101 to 150 µs a request, 1 to 50 of them in the function that grows."""
    growing = tuple(1.0 + number for number in range(50))
    grows = CodeLocation("listeners.Listeners", "notify", "listeners/_list.py", 12, "package")
    even = CodeLocation("h11._connection", "Connection.next_event", "h11/_connection.py", 400, "package")
    return (
        AgingCost(REQUESTS, tuple(100.0 + us for us in growing), Estimate(0.11, 0.09, 0.13, "log-log slope", 50), True),
        AgingCost(REQUESTS, growing, Estimate(0.98, 0.91, 1.05, "log-log slope", 50), True, Layer.API, grows),
        AgingCost(REQUESTS, (20.0,) * 50, Estimate(0.0, -0.02, 0.02, "log-log slope", 50), False, Layer.HTTP, even),
    )
