"""The plan of a service run: which app processes run, in which order, and what drives them.

Control runs come in blocks, every route once in random order and then the same order backwards, a fresh app process each.
The ledger has one run a route, between the blocks.
"""

import random
from dataclasses import dataclass

from clientprof.workload.programs.fastapi_app.route_settings import ROUTES

# A sample costs about 100 us, and a signal interrupts a blocked call too: 5 ms see a call of 20 ms four times.
INTERVAL_US = 5000.0
WARMUP_REQUESTS = 32


@dataclass(frozen=True, slots=True)
class ServiceStep:
    """One app process: one route under one lens."""

    route: str
    lens: str
    block: int


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """What to measure: each route with ``concurrency`` requests in flight for ``seconds`` a run.

    ``delay_ms`` and ``size`` are what the origin answers with. ``generator`` is ``auto`` (wrk where it is installed),
    ``wrk`` or ``clientprof``; the ledger is always driven by ours, which says when it sent each request.
    """

    routes: tuple[str, ...] = tuple(ROUTES)
    concurrency: int = 64
    seconds: float = 3.0
    blocks: int = 2
    delay_ms: int = 20
    size: str = "1k"
    seed: int = 1
    generator: str = "auto"
    timeout_s: float = 30.0
    command: tuple[str, ...] = ()

    @property
    def steps(self) -> tuple[ServiceStep, ...]:
        """All runs in order, deterministic for a seed."""
        generator = random.Random(self.seed)
        order = list(self.routes)
        steps: list[ServiceStep] = []
        for block in range(self.blocks):
            if block % 2:
                order.reverse()
            else:
                generator.shuffle(order)
            steps += [ServiceStep(route, "control", block) for route in order]
            if block == 0:
                steps += [ServiceStep(route, "ledger", 0) for route in self.routes]
        return tuple(steps)
