"""Explanations built in code, public fakes around the sample result: httpx 0.28.1, step by step, towards aiohttp 3.14.5."""

from dataclasses import replace
from functools import cache

from clientprof.model.estimate import Estimate
from clientprof.model.experiments.catalogue import CatalogueRow
from clientprof.model.experiments.staircase import (
    Experiment,
    Explanation,
    Interaction,
    Outcome,
    Regime,
    Staircase,
    Step,
)
from clientprof.model.experiments.suspicions import Behaviour, Kind, Suspicion, Undone
from clientprof.model.layers import Layer
from sample_result import sample_result

START_US, BASELINE_US = 1540.0, 69.0
STEPS_US = {
    "sniffio-missing": 480.0,
    "lock-yield": 310.0,
    "double-assignment": 205.0,
    "h11-parser": 96.0,
    "url-parse": 12.0,
}
CHECKS = ("bodies", "requests and connections at the origin", "cancellation", "timeout")


def us(value: float, half: float | None = None, n: int = 8) -> Estimate:
    """A value in us with the half-width of its interval, 5 % where none is given."""
    apart = abs(value) * 0.05 if half is None else half
    return Estimate(value, value - apart, value + apart, "us", n)


def suspicion(name: str, kind: Kind, layer: Layer, predicted_us: float | None, **more: object) -> Suspicion:
    """A suspicion with every text filled."""
    whole = Suspicion(
        id=name,
        kind=kind,
        layer=layer,
        hypothesis=f"what `{name}` does is done more often than needed",
        evidence=f"14.2 per request where 2 are expected; {layer} takes 468.9 µs of CPU",
        predicted_us=predicted_us,
        gives_up="waiters are no longer served in order",
        mistaken="the cost may belong to what calls it",
        remedy=f"Switch {name} off.",
        code=f"import httpx\n\nclient = httpx.AsyncClient()  # {name}",
        pointer="httpcore/_synchronization.py: current_async_library: remember the answer",
        threads=("encode/httpcore#1103", "encode/httpx#3215"),
    )
    return replace(whole, **more)  # type: ignore[arg-type]


def experiment(row: Suspicion, outcome: Outcome, gain: Estimate | None, **more: object) -> Experiment:
    """An experiment on the suspicion whose behaviour was checked and is the same."""
    share = None if gain is None else gain.value / START_US
    return replace(Experiment(row, outcome, gain, share, None, False, "8 blocks", Behaviour(CHECKS, ())), **more)  # type: ignore[arg-type]


def sample_experiments() -> tuple[Experiment, ...]:
    """Every outcome, an upper bound, a slow-down, two predictions that are far off."""
    sniffio = suspicion(
        "sniffio-missing", Kind.ENVIRONMENT, Layer.IMPORT, 468.9,
        remedy="Install sniffio beside httpx.", code="pip install sniffio", gives_up="",
    )  # fmt: skip
    changed = Behaviour(CHECKS, ("412 connections at the origin, not 100",))
    return (
        experiment(sniffio, Outcome.CONFIRMED, us(480.0, 20.0)),
        experiment(
            suspicion("lock-yield", Kind.PATCH, Layer.CONCURRENCY, 120.0, remedy="", code=""),
            Outcome.CONFIRMED, us(290.0, 25.0), upper_bound=True, behaviour=changed,
        ),
        experiment(suspicion("double-assignment", Kind.PATCH, Layer.POOL, 562.4), Outcome.CONFIRMED, us(331.0, 30.0)),
        experiment(suspicion("h11-parser", Kind.SWAP, Layer.HTTP, 101.0), Outcome.CONFIRMED, us(99.0, 9.0)),
        experiment(
            suspicion("url-parse", Kind.SLOW_DOWN, Layer.API, 14.0, remedy="", code="", pointer=""),
            Outcome.CONFIRMED, us(12.5, 2.0), slope=Estimate(1.04, 0.97, 1.11, "us per us", 6),
        ),
        experiment(suspicion("anyio-scopes", Kind.PATCH, Layer.CONCURRENCY, None), Outcome.NO_GAIN, us(3.0, 8.0)),
        experiment(suspicion("unbounded-pool", Kind.SETTING, Layer.POOL, 40.0), Outcome.LOSS, us(-210.0, 15.0)),
        experiment(
            suspicion("uvloop", Kind.SWAP, Layer.LOOP, 30.0), Outcome.NOT_APPLIED, None,
            reason="the patch raised AttributeError: no `_assign`", behaviour=None,
        ),
        experiment(
            suspicion("gc-freeze", Kind.SETTING, Layer.GC, 13.7), Outcome.NOT_MEASURED, None,
            reason="the time was up", behaviour=None,
        ),
    )  # fmt: skip


def sample_staircase() -> Staircase:
    """Five steps, the second an upper bound, the last without its experiments alone and left out."""
    level, steps = START_US, []
    for name, gain in STEPS_US.items():
        level -= gain
        known = name != "url-parse"
        steps.append(
            Step(
                name, us(level, 30.0), us(gain, 0.07 * gain), us(gain * 1.02) if known else None,
                us(gain * 0.8) if known else None, name == "lock-yield",
            )
        )  # fmt: skip
    gap = START_US - BASELINE_US
    share = sum(STEPS_US.values()) / gap
    return Staircase(
        us(START_US, 40.0), tuple(steps), "aiohttp", us(BASELINE_US, 2.0), us(15.5, 0.4),
        Estimate(share, share - 0.03, share + 0.03, "share", 8), us(level - BASELINE_US, 25.0),
    )  # fmt: skip


@cache
def sample_explanation() -> Explanation:
    """Every part present."""
    text = "without the single assignment, a lock that does not yield makes the pool pass more often"
    return Explanation(
        measured=sample_result(),
        staircase=sample_staircase(),
        experiments=sample_experiments(),
        interactions=(
            Interaction(("lock-yield", "double-assignment"), us(621.0, 40.0), us(515.0, 30.0), text),
            Interaction(("h11-parser", "unbounded-pool"), us(-111.0, 18.0), us(-2400.0, 90.0), text),
        ),
        undone=(
            Undone("truststore-handshake", "evidence absent: no TLS in this load"),
            Undone("keepalive-eviction", "the time was up; `--max-time 600` has room for it"),
        ),
        regimes=(
            Regime("c64/1k", us(610.0, 12.0), {"sniffio-missing": us(290.0, 9.0), "lock-yield": us(14.0, 20.0)}),
            Regime("c512/1k, 100 ms server", us(1120.0, 30.0), {"sniffio-missing": us(300.0, 11.0)}),
        ),
    )


def partial_explanations() -> dict[str, Explanation]:
    """Name -> explanation that lacks something, or that came out otherwise than hoped."""
    whole, stairs = sample_explanation(), sample_staircase()
    below = replace(stairs, unexplained_us=us(-30.0, 10.0), baseline_us=us(467.0, 2.0))
    dearer = replace(stairs, baseline_us=us(2000.0, 2.0), unexplained_us=us(-1563.0, 10.0))
    lonely = replace(stairs, baseline=None, baseline_us=None, explained_share=None, unexplained_us=None, floor_us=None)
    odd = replace(stairs, start=Estimate(float("nan"), None, None, "us", 0), steps=(), unexplained_us=None)
    climbing = replace(
        stairs, steps=(Step("pool-scan", us(1700.0, 30.0), us(-160.0, 20.0), None, None, False), *stairs.steps[:1])
    )
    return {
        "whole": whole,
        "nothing": replace(whole, staircase=None, experiments=(), interactions=(), undone=(), regimes=()),
        "no_steps": replace(whole, staircase=replace(stairs, steps=(), unexplained_us=us(1471.0, 50.0))),
        "nothing_tried": replace(
            whole, staircase=replace(stairs, steps=()), experiments=(), interactions=(), regimes=()
        ),
        "no_baseline": replace(whole, staircase=lonely, measured=replace(whole.measured, comparisons=())),
        "no_comparison": replace(whole, measured=replace(whole.measured, comparisons=(), floor=None)),
        "below_the_baseline": replace(whole, staircase=below),
        "cheaper_than_the_baseline": replace(whole, staircase=dearer),
        "a_step_that_costs": replace(whole, staircase=climbing),
        "not_a_number": replace(whole, staircase=odd, experiments=whole.experiments[-1:]),
        "no_client": replace(whole, staircase=None, measured=replace(whole.measured, clients=(), comparisons=())),
    }


def sample_catalogue() -> tuple[CatalogueRow, ...]:
    """A suspect without evidence, one with, one of which nothing is known."""
    return (
        CatalogueRow("truststore-handshake", Kind.SWAP, ("httpx2",), "paths are appended", False, "no TLS"),
        CatalogueRow(
            "sniffio-missing", Kind.ENVIRONMENT, ("httpx",), "httpcore imports sniffio at every lock and event; where it is "
            "missing, the search path is walked each time", True, "4.1 imports fail per request; importing takes 469 µs",
        ),
        CatalogueRow("gc-freeze", Kind.SETTING, (), "the collector walks what lives long", None, "collections"),
    )  # fmt: skip
