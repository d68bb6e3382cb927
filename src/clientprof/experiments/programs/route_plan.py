"""The plan of a service run: which processes of the service run, in which order, and what drives them.

Unmeasured runs come in blocks, every route once in random order and then the same order backwards, a fresh process each.
Each route runs once under ``clientprof run``, between the blocks.
"""

import random
from dataclasses import dataclass

# The routes of the scenario's service, and what each does.
ROUTES: dict[str, str] = {
    "ping": "answers at once, calls nobody",
    "httpx": "async, one shared httpx.AsyncClient",
    "aiohttp": "async, one shared aiohttp.ClientSession",
    "blocking": "async, blocks in a requests.Session",
    "threaded": "sync, requests in the thread pool, a Session per thread",
}
CONTROL, MEASURED = "control", "run"
WARMUP_REQUESTS = 32


@dataclass(frozen=True, slots=True)
class ServiceStep:
    """One process of the service: one route, by itself (``control``) or measured (``run``)."""

    route: str
    lens: str
    block: int


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """What to measure: each route with ``concurrency`` requests in flight for ``seconds`` a run.

    ``delay_ms`` and ``size`` are what the origin answers with. ``generator`` is ``auto`` (wrk where it is installed),
    ``wrk`` or ``clientprof``; the measured run is always driven by ours, which waits for every answer.
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
            steps += [ServiceStep(route, CONTROL, block) for route in order]
            if block == 0:
                steps += [ServiceStep(route, MEASURED, 0) for route in self.routes]
        return tuple(steps)
