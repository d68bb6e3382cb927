"""Windows go evenly when there are too many; exact counts stay exact whatever goes."""

from pathlib import Path

import numpy as np

from clientprof.experiments.programs.counted import counted
from clientprof.experiments.programs.thin import Thinner
from clientprof.model.programs.lane import bucket_bounds_ns, bucket_of


def _window(folder: Path, number: int, size: int = 1000) -> None:
    (folder / f"1-a.1.{number}.window").write_bytes(b"x" * size)


def _numbers(folder: Path) -> list[int]:
    return sorted(int(path.name.split(".")[2]) for path in folder.glob("*.window"))


def test_nothing_goes_while_there_is_room(tmp_path: Path) -> None:
    thinner = Thinner(tmp_path, most_bytes=2_500)
    for number in range(10):
        _window(tmp_path, number)
        thinner.look()
    assert _numbers(tmp_path) == list(range(10))
    assert (thinner.kept_one_in, thinner.lost) == (1, 0)


def test_what_is_kept_is_spread_evenly_over_the_whole_time(tmp_path: Path) -> None:
    thinner = Thinner(tmp_path, most_bytes=2_500)
    for number in range(100):
        _window(tmp_path, number)
        thinner.look()
    kept = _numbers(tmp_path)
    assert thinner.kept_one_in == 16
    assert kept == [*range(0, 100, 16), 98, 99]
    assert thinner.lost == 100 - len(kept)


def test_windows_in_which_a_measurement_begins_or_may_end_are_never_deleted(tmp_path: Path) -> None:
    thinner = Thinner(tmp_path, most_bytes=500)
    thinner.needed = frozenset((3, 5))
    for number in range(40):
        _window(tmp_path, number)
        thinner.look()
    assert {3, 5, 38, 39} <= set(_numbers(tmp_path))


def test_rows_that_are_never_thinned_take_their_part_of_the_room(tmp_path: Path) -> None:
    for kept_bytes, windows in ((0, 10), (6_000, 6), (60_000, 3)):
        folder = tmp_path / str(kept_bytes)
        folder.mkdir()
        (folder / "1-a.1.kept").write_bytes(b"x" * kept_bytes)
        for number in range(10):
            _window(folder, number)
        Thinner(folder, most_bytes=3_000).look()
        assert len(_numbers(folder)) == windows


def _columns(ended: list[int], walls: list[int]) -> dict[str, "np.ndarray[tuple[int], np.dtype[np.int64]]"]:
    count = len(ended)
    rows = {
        "exchange.ended_ns": ended, "exchange.started_ns": [at - wall for at, wall in zip(ended, walls, strict=True)],
        "exchange.error": [0] * (count - 1) + [1],
        **{f"exchange.{name}": [0] * count for name in ("site", "peer", "client")},
        "exchange.route": [-1] * count,
    }  # fmt: skip
    return {name: np.asarray(values, dtype=np.int64) for name, values in rows.items()}


def test_exchanges_of_a_slice_that_was_never_written_are_counted_one_by_one() -> None:
    columns = _columns([5_000_000, 7_000_000, 12_000_000], [2_000_000, 2_000_000, 4_000_000])
    columns |= {
        f"slice.{name}": np.asarray([value], dtype=np.int64)
        for name, value in {
            "started_ns": 0, "site": 0, "peer": 0, "client": 0, "route": -1, "ended": 2, "failed": 0,
            "wall_ns": 4_000_000, "bucket_first": 0, "bucket_count": 1,
        }.items()
    }  # fmt: skip
    columns |= {"bucket.number": np.asarray([bucket_of(2_000_000)]), "bucket.count": np.asarray([2])}
    found = counted(columns, np.asarray([0, 10_000_000]), 0, 20_000_000)
    assert found["slice.ended"].tolist() == [2, 1]
    assert found["slice.failed"].tolist() == [0, 1]
    assert found["slice.bucket_first"].tolist() == [0, 1]
    assert found["bucket.count"].tolist() == [2, 1]


def test_what_ended_before_the_measurement_is_not_counted() -> None:
    columns = _columns([5, 15, 25], [1, 1, 1])
    found = counted(columns, np.asarray([0, 100]), 10, 20)
    assert found["slice.ended"].tolist() == [1]


def test_every_wall_time_lies_in_its_bucket() -> None:
    for wall_ns in (1, 1_000, 1_500, 20_000, 999_999, 10**9, 10**11):
        low, high = bucket_bounds_ns(bucket_of(wall_ns))
        assert low <= wall_ns <= high
