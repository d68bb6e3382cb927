"""A program tried with remedies, built in code."""

from dataclasses import replace
from functools import cache

from clientprof.model.estimate import Effect, Estimate, Verdict
from clientprof.model.experiments.suspicions import Kind, Undone
from clientprof.model.experiments.what_if import Tried, WhatIf
from clientprof.model.findings import Notice
from clientprof.model.layers import Layer
from clientprof.model.results import Setting
from sample_explanation import suspicion, us


def effect(arm: str, value: float, verdict: Verdict, metric: str = "cpu_us_per_request") -> Effect:
    """An effect with an interval of a hundredth to both sides."""
    again = Estimate(1.002, 0.994, 1.01, "ratio", 8)
    return Effect(
        "unchanged", arm, metric, Estimate(value, value - 0.01, value + 0.01, "ratio", 8), again, verdict, "why"
    )


def tried(names: tuple[str, ...], ratio: float, verdict: Verdict) -> Tried:
    """The program of 2,000 us with these changes."""
    wall = effect("with", ratio, Verdict.NO_DIFFERENCE, "wall_us_per_request")
    cost = 2000 * ratio
    return Tried(names, effect("with", ratio, verdict), wall, us(cost), us(2000 - cost), 1800.0, 0.0)


@cache
def sample_what_if() -> WhatIf:
    """Two that gain, one that loses, one that crashes, one that cannot be applied, and two sets of them at once."""
    alone = (
        tried(("sniffio",), 0.8, Verdict.FASTER),
        tried(("http2",), 0.5, Verdict.FASTER),
        tried(("limit=512",), 1.4, Verdict.SLOWER),
        Tried(("uvloop",), reason="with it alone, the program ended with exit code 1: no such loop"),
    )
    together = (
        replace(tried(("sniffio", "http2", "limit=512"), 0.6, Verdict.FASTER), alone_us=us(600)),
        replace(tried(("sniffio", "limit=512"), 1.2, Verdict.SLOWER), alone_us=us(-400)),
    )
    return WhatIf(
        program="uvicorn (4 arguments)",
        command=("clientprof", "run", "--try", "sniffio,http2,limit=512"),
        created="2026-11-28 12:00:00 UTC",
        seed=1,
        complete=True,
        blocks=8,
        unchanged_us=us(2000),
        requests=1750.0,
        again=Estimate(1.002, 0.994, 1.01, "ratio", 8),
        suspicions=tuple(suspicion(row.name, Kind.SETTING, Layer.POOL, None) for row in alone),
        alone=alone,
        together=together,
        undone=(Undone("aiohttp-cookie-jar", "the program made no request by aiohttp; it calls httpx"),),
        notices=(Notice("requests-vary", "Runs make different numbers of requests.", "CPU per request is compared."),),
        workload=(Setting("workload", "load", "wrk (4 arguments)"),),
        environment=(Setting("interpreter", "python", "3.11.7"),),
        files={"report": "report.html"},
    )
