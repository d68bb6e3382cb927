"""Cells of a matrix against the first, whose cost is that of both its arms."""

from dataclasses import replace

import pytest

from clientprof.attribution.differences.matrix_result import matrix_result
from clientprof.model.differences.matrix import MeasuredCell
from clientprof.model.differences.matrix_cell import MatrixCell
from recordings import control_run, recording_of

FIRST, OTHER = (MatrixCell(name, name, "", "c4/1k") for name in ("httpx", "aiohttp"))


def cells(hosts: int = 1) -> list[MeasuredCell]:
    """Blocks in which httpx costs 100 and 121 µs per request, and aiohttp 55."""
    runs = [
        replace(run, facts=replace(run.facts, host=f"host {block % hosts}"))
        for block in range(6)
        for run in (
            control_run(100.0, "httpx", block=block),
            control_run(121.0, "httpx again", block=block),
            control_run(55.0, "aiohttp", block=block),
        )
    ]
    recording = recording_of(*runs)
    manifest = replace(recording.manifest, cells=(FIRST, OTHER))
    return list(matrix_result(replace(recording, manifest=manifest)).cells)


def test_the_first_cell_costs_what_its_two_arms_cost_and_others_are_held_against_both() -> None:
    first, other = cells()
    assert first.cpu_us_per_request.value == pytest.approx(110.5)
    assert first.cpu is None
    assert other.cpu is not None
    assert other.cpu.ratio.value == pytest.approx(0.5)  # of 110, their geometric mean


def test_the_first_cell_is_once_itself_on_every_host() -> None:
    first, _ = cells(hosts=2)
    assert {estimate.value for estimate in first.by_host.values()} == {1.0}
