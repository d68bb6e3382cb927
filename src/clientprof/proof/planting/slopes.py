"""The slope of what was reported over what was planted, layer by layer.

A slow-down makes the rest of the client dearer too, though nobody looks: with 400 us of burning between its turns, aiohttp's
own code takes a third more CPU, because its data have left the caches (measured without any profiler; about 0.09 us per
planted us). So a slow-down is not added but moved: a constant burn is divided between two functions of two layers, and only
the division varies. Then the truth for every other layer is a slope of exactly 0.
"""

from dataclasses import dataclass

import numpy as np

from clientprof.model.layers import Layer
from clientprof.proof.planting.account import LAYERS, Account, Floats
from clientprof.proof.planting.plants import Plant

NORMAL_975 = 1.96


@dataclass(frozen=True, slots=True)
class Slope:
    """Reported over planted, with the half-width of its 95 % interval; ``base_us`` is the layer's own cost."""

    layer: Layer
    expected: float
    value: float
    half_width: float
    base_us: float


def slope(planted: Floats, reported: Floats) -> tuple[float, float, float]:
    """Least squares with an intercept: slope, its 95 % half-width (White 1980, HC1), intercept.

    Raises:
        ValueError: fewer than four points, or the planted amounts do not vary.
    """
    if len(planted) < 4 or np.ptp(planted) == 0:
        raise ValueError("a slope needs four points at different doses")
    design = np.column_stack([planted, np.ones(len(planted))])
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ design.T @ reported
    residuals = reported - design @ coefficients
    spread = inverse @ (design.T * residuals**2) @ design @ inverse * len(planted) / (len(planted) - 2)
    return float(coefficients[0]), NORMAL_975 * float(np.sqrt(spread[0, 0])), float(coefficients[1])


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
        value, half_width, base_us = slope(planted, reported)
        rows.append(Slope(layer, 1.0 if mine else 0.0, value, half_width, base_us))
    return tuple(rows)
