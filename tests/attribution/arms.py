"""Sampled processes built by hand, and recordings of several arms around them."""

import random
from collections.abc import Mapping, Sequence

from clientprof.attribution.costs.sampled_time import SampledTime, sampled_time
from clientprof.model.layers import Layer
from clientprof.model.recording import Recording
from clientprof.model.run import Counter, Run
from clientprof.model.samples import CodeLocation
from recordings import TURN, boundary, code, control_run, recording_of, run_of, sample_run

POOL, WALK, HTTP = (
    code("x.pool", "Pool.get", line=10),
    code("x.pool", "Pool.walk", line=50),
    code("x.http", "send", line=5),
)
GRAB = code("x.tls", "grab", line=7)
EDGES = (boundary(POOL, Layer.POOL), boundary(HTTP, Layer.HTTP), boundary(GRAB, Layer.TLS))
STACKS: tuple[tuple[CodeLocation, ...], ...] = ((TURN, POOL), (TURN, POOL, WALK), (TURN, HTTP), (TURN, GRAB))
SAMPLES = 2000


def sampled(
    weights: Sequence[float], seed: int = 1, stacks: Sequence[Sequence[CodeLocation]] = STACKS, **facts: object
) -> Run:
    """A sampled process whose requests cost ``weights`` us in each stack, by chance as a sampler would see them."""
    chance = random.Random(seed)
    total = sum(weights)
    picked = chance.choices(range(len(weights)), weights, k=SAMPLES)
    # 100 requests; every sample weighs the same, so that only counting varies.
    each_ns = round(total * 1000 * 100 / SAMPLES)
    rows = [(n, each_ns, stack) for n, stack in enumerate(picked)]
    return sample_run(stacks, rows, *EDGES, requests=100, **{"client": "httpx", "arm": "httpx", **facts})


def times(*runs: Run) -> list[SampledTime]:
    found = [sampled_time(run) for run in runs]
    return [time for time in found if time is not None]


def arm_runs(name: str, weights: Sequence[float], *, blocks: int = 6, seed: int = 1, **facts: object) -> list[Run]:
    """Control runs in blocks and one sampled process of an arm; the control's level is that of the weights."""
    chance = random.Random(seed)
    level = sum(weights)
    runs = [control_run(level * chance.uniform(0.99, 1.01), name, block=block) for block in range(blocks)]
    return [*runs, sampled(weights, seed, client=name, arm=name, **facts)]


def again(name: str, weights: Sequence[float], blocks: int = 6, seed: int = 9) -> list[Run]:
    """The baseline's second arm."""
    chance = random.Random(seed)
    return [control_run(sum(weights) * chance.uniform(0.99, 1.01), f"{name} again", block=b) for b in range(blocks)]


def counted(name: str, counters: Mapping[str, tuple[int, float | None]]) -> Run:
    """A run of the count lens over 100 requests."""
    rows = tuple(
        Counter(key, total, 100, f"what {key} counts", expected) for key, (total, expected) in counters.items()
    )
    return run_of(client=name, arm=name, lens="count", counters=rows)


BASE = (10.0, 20.0, 60.0, 10.0)
DEARER = (10.0, 70.0, 60.0, 0.0)


def two_arms(candidate: Sequence[float] = DEARER, **facts: object) -> Recording:
    """A baseline ``aiohttp`` and a candidate ``httpx``, with control, A/A, samples and counters."""
    return recording_of(
        *arm_runs("aiohttp", BASE, seed=1),
        *again("aiohttp", BASE),
        *arm_runs("httpx", candidate, seed=2, **facts),
        counted("aiohttp", {"pool_passes": (100, 2.0)}),
        counted("httpx", {"pool_passes": (1400, 2.0), "failed_imports": (400, 0.0)}),
        baseline="aiohttp",
    )
