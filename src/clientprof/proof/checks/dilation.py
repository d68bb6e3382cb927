"""Uniform dilation: when every layer gets dearer by the same factor, the shares stay what they were.

Every plant burns in proportion to its layer's own cost. The shares are of the planted layers; the truth is what the plants
themselves counted on top of the undilated cost, so that a plant that is called more often than thought does no harm.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from clientprof.proof.checks.budget import Budget
from clientprof.proof.checks.result import CheckResult, inconclusive, within
from clientprof.proof.planting.account import LAYERS, Account, Floats, account_of
from clientprof.proof.planting.moved import INTERVAL_US, LOADS, planted_name
from clientprof.proof.planting.orders import Orders, PlantOrder
from clientprof.proof.planting.planted_run import for_cpu_s, origin_beside, run_planted, settings_for
from clientprof.proof.planting.plants import PLANTS, Plant

TOLERANCE = 2.0
PLANTED = ("front end", "pool", "lock", "parser", "read")
# How much dearer: large against the noise of the shares.
FACTOR = 3.0
_CHUNKS = 8
CPU_S = {"aiohttp": 5.0, "httpx": 12.0}


def dilated(client: str, cpu_s: float, seed: int) -> tuple[CheckResult, ...]:
    """The largest change of a share, reported against true."""
    name = f"{client}: largest error of a layer's share, everything {1 + FACTOR:g} times as dear"
    plants = tuple(PLANTS[client][each] for each in PLANTED)
    with origin_beside(seed=seed) as origin:
        settings = settings_for(origin, client, "sample", LOADS[client].concurrency, "/1k")
        own = run_planted(
            origin,
            replace(for_cpu_s(settings, cpu_s / 4, INTERVAL_US), rounds=4, seed=seed),
            _orders(plants, [(0,)] * len(plants), seed),
        ).run
        base_us = account_of(own, len(plants), 1).reported_us.mean(axis=0)
        doses = [(0, round(1000 * FACTOR * base_us[LAYERS.index(plant.layer)] / plant.calls)) for plant in plants]
        orders = _orders(plants, doses, seed)
        settings = replace(for_cpu_s(settings, cpu_s, INTERVAL_US), rounds=8, seed=seed)
        account = account_of(run_planted(origin, settings, orders).run, len(plants), _CHUNKS)
    chosen = [LAYERS.index(plant.layer) for plant in plants]
    plain: npt.NDArray[np.bool_] = np.logical_not(account.spent_us.any(axis=1))
    if not plain.any() or plain.all():
        return (inconclusive(name, TOLERANCE, "points", "too few rounds"),)
    errors, spread = _errors(account, chosen, plain)
    worst = int(np.abs(errors).argmax())
    result = within(name, 0.0, float(errors[worst]), TOLERANCE, "points", float(spread[worst]))
    return (replace(result, reason=f"{plants[worst].layer}: {result.reason}"),)


def _orders(plants: tuple[Plant, ...], doses: Sequence[tuple[int, ...]], seed: int) -> Orders:
    planted = tuple(
        PlantOrder(plant.target, planted_name(each), plant.kind, dose)
        for each, plant, dose in zip(PLANTED, plants, doses, strict=True)
    )
    return Orders(plants=planted, together=True, seed=seed)


def _errors(account: Account, chosen: list[int], plain: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Percentage points by which each share is off, and the half-width of each from the groups of rounds."""
    reported = account.reported_us[:, chosen]
    base = reported[plain].mean(axis=0)
    true = _share(base + account.spent_us[~plain].mean(axis=0))
    shares = np.array([_share(row) for row in reported[~plain]])
    bases = np.array([_share(row) for row in reported[plain]])
    spread = shares.var(axis=0, ddof=1) / len(shares) + bases.var(axis=0, ddof=1) / len(bases) / (1 + FACTOR) ** 2
    return 100 * (shares.mean(axis=0) - true), 2.2 * 100 * np.sqrt(spread)


def _share(row: Floats) -> Floats:
    return np.asarray(row / row.sum(), dtype=np.float64)


def dilation(budget: Budget) -> tuple[CheckResult, ...]:
    """aiohttp, every planted layer four times as dear."""
    return dilated("aiohttp", CPU_S["aiohttp"] * budget.scale, budget.seed)
