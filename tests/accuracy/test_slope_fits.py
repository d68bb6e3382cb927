"""Slopes from points whose truth is known, and the rule that the interval tells how well."""

import numpy as np
import pytest

from clientprof.model.layers import Layer
from clientprof.proof.planting.account import LAYERS, Account, pooled
from clientprof.proof.planting.plants import Plant
from clientprof.proof.planting.slopes import slope, slopes

DOSES = np.tile([0.0, 50.0, 100.0, 200.0, 400.0], 8)


def test_an_exact_line_has_its_slope_and_no_uncertainty() -> None:
    value, half_width, base = slope(DOSES, 30 + 0.5 * DOSES)
    assert (value, base) == (pytest.approx(0.5), pytest.approx(30))
    assert half_width == pytest.approx(0, abs=1e-9)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    generator = np.random.default_rng(1)
    hits = 0
    for _ in range(400):
        value, half_width, _ = slope(DOSES, DOSES + generator.normal(0, 5 + DOSES / 20))
        hits += abs(value - 1) <= half_width
    assert 0.90 <= hits / 400 <= 0.98


def test_a_machine_that_drifts_between_chunks_leaves_the_slope() -> None:
    chunk = np.repeat(np.arange(8), 5)
    value, half_width, _ = slope(DOSES, DOSES + 300.0 * chunk, chunk)
    assert value == pytest.approx(1.0)
    assert half_width == pytest.approx(0, abs=1e-9)


def test_runs_are_pooled_without_mixing_their_chunks() -> None:
    def account(level: float) -> Account:
        reported = np.zeros((len(DOSES), len(LAYERS)))
        reported[:, LAYERS.index(Layer.POOL)] = level + DOSES
        spent = np.column_stack([DOSES, 400 - DOSES])
        return Account(spent, 0 * spent, spent, reported, np.repeat(np.arange(8), 5), 100)

    both = pooled([account(10.0), account(500.0)])
    assert (both.requests, sorted(set(both.chunk.tolist()))) == (200, list(range(16)))
    plants = (Plant("a:b", Layer.POOL), Plant("c:d", Layer.IO))
    pool = next(row for row in slopes(both, plants) if row.layer is Layer.POOL)
    assert pool.value == pytest.approx(1.0)
    assert pool.half_width == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("planted", [DOSES[:3], np.full(40, 100.0)])
def test_too_few_or_equal_doses_are_refused(planted: "np.typing.NDArray[np.float64]") -> None:
    with pytest.raises(ValueError, match="four points"):
        slope(planted, planted)


def test_side_work_of_a_plant_is_its_hosts_and_no_slope_of_it() -> None:
    plants = (Plant("a:b", Layer.IMPORT, "import", host=Layer.API), Plant("c:d", Layer.POOL))
    reported = np.zeros((len(DOSES), len(LAYERS)))
    spent = np.column_stack([DOSES, 400 - DOSES])
    side = np.column_stack([0.1 * DOSES, 0 * DOSES])
    reported[:, LAYERS.index(Layer.IMPORT)] = spent[:, 0]
    reported[:, LAYERS.index(Layer.POOL)] = 7 + spent[:, 1]
    reported[:, LAYERS.index(Layer.API)] = 20 + side[:, 0]
    rows = {
        row.layer: row
        for row in slopes(Account(spent, side, spent, reported, np.zeros(len(DOSES), dtype=np.int64), 100), plants)
    }
    assert [rows[layer].value for layer in (Layer.IMPORT, Layer.POOL)] == pytest.approx([1, 1])
    assert rows[Layer.API].value == pytest.approx(0, abs=1e-9)
    assert (rows[Layer.POOL].expected, rows[Layer.API].expected) == (1, 0)
