"""The slope of what was reported over what was planted, layer by layer.

A slow-down makes the rest of the client dearer too, though nobody looks: with 400 us of burning between its turns, aiohttp's
own code takes a third more CPU, because its data have left the caches (measured without any profiler; about 0.09 us per
planted us). So a slow-down is not added but moved: a constant burn is divided between two functions of two layers, and only
the division varies. Then the truth for every other layer is a slope of exactly 0.

The doses take turns round by round, and each stretch of time has an intercept of its own: what a layer costs moves with the
machine by tens of percent within seconds, and only the dose's part of it is asked for.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clientprof.model.layers import Layer
from clientprof.proof.planting.account import LAYERS, Account, Floats
from clientprof.proof.planting.plants import Plant
from clientprof.stats.student import quantile_975


@dataclass(frozen=True, slots=True)
class Slope:
    """Reported over planted, with the half-width of its 95 % interval; ``base_us`` is the layer's own cost."""

    layer: Layer
    expected: float
    value: float
    half_width: float
    base_us: float


def slope(planted: Floats, reported: Floats, chunk: npt.NDArray[np.int64] | None = None) -> tuple[float, float, float]:
    """Least squares with an intercept per chunk: slope, its 95 % half-width (White 1980, HC1), mean intercept.

    Raises:
        ValueError: fewer than four points, or the planted amounts do not vary within chunks.
    """
    chunks = (
        np.zeros(len(planted), dtype=np.int64) if chunk is None else np.unique(chunk, return_inverse=True)[1].ravel()
    )
    x, y = (_centred(values, chunks) for values in (planted, reported))
    freedom = len(planted) - 1 - int(chunks.max(initial=-1) + 1)
    if freedom < 2 or not np.ptp(x) > 0:
        raise ValueError("a slope needs four points at different doses")
    square = float(x @ x)
    value = float(x @ y) / square
    spread = float(x**2 @ (y - value * x) ** 2) / square**2 * len(planted) / freedom
    return value, quantile_975(freedom) * spread**0.5, float(reported.mean() - value * planted.mean())


def _centred(values: Floats, chunks: npt.NDArray[np.int64]) -> Floats:
    means = np.bincount(chunks, weights=values) / np.bincount(chunks)
    return np.asarray(values - means[chunks])


def slopes(account: Account, plants: tuple[Plant, Plant]) -> tuple[Slope, ...]:
    """All layers that cost anything: the two planted ones over their own truth, the others over the first's."""
    rows: list[Slope] = []
    for number, layer in enumerate(LAYERS):
        reported = account.reported_us[:, number]
        mine = [i for i, plant in enumerate(plants) if layer is plant.layer]
        side = [i for i, plant in enumerate(plants) if layer is plant.host and layer is not plant.layer]
        for i in side:
            reported = reported - account.side_us[:, i]
        if not mine and not reported.any():
            continue
        # Own-layer truths of two plants in one layer add up, their sum is constant: no such pair is planted.
        planted = account.spent_us[:, mine[0] if mine else 0]
        value, half_width, base_us = slope(planted, reported, account.chunk)
        rows.append(Slope(layer, 1.0 if mine else 0.0, value, half_width, base_us))
    return tuple(rows)
