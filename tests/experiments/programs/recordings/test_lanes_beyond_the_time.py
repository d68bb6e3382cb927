"""A lane of which no exchange began in the measured time: its process was stopped meanwhile, say."""

import numpy as np

from clientprof.experiments.programs.lane_columns import LaneColumns
from clientprof.experiments.programs.name_tables import NameTables
from clientprof.experiments.programs.raw_process import RawLane, RawProcess
from clientprof.probes.programs.lanes import _ENDED, _LONG


def test_exchanges_that_began_afterwards_and_lasted_are_none() -> None:
    # They were under way when the instruments came out, long after the time was over.
    rows = {f"long.{name}": np.array([1, 1], dtype=np.int64) for name in _LONG}
    rows["long.number"] = np.array([7, 8], dtype=np.int64)
    rows["long.started_ns"] = np.array([5_000, 6_000], dtype=np.int64)
    lane = RawLane(1, "loop", "asyncio", rows, [])
    process = RawProcess("1", "first", None, 0, {}, 9_000, "stopped", [lane], {}, {})
    names = NameTables()
    names.add(process)
    columns = LaneColumns(process, lane, names, from_ns=1_000, until_ns=3_000).build()
    assert not [name for name in columns if name.startswith("exchange.")]
    assert not len(columns.get("mark.at_ns", ()))


def test_an_exchange_that_ended_afterwards_is_open_and_known_to_be_its_client_s() -> None:
    rows = {
        f"began.{name}": np.zeros(2, dtype=np.int64)
        for name in ("number", "started_ns", "site", "route", "client", "thread", "blocking")
    }
    rows |= {f"ended.{name}": np.zeros(2, dtype=np.int64) for name in _ENDED}
    rows["began.number"] = rows["ended.number"] = np.array([7, 8], dtype=np.int64)
    rows["began.started_ns"] = np.array([1_500, 2_500], dtype=np.int64)
    rows["ended.at_ns"] = np.array([2_000, 4_000], dtype=np.int64)
    rows["ended.instance"] = np.array([3, 4], dtype=np.int64)
    lane = RawLane(1, "loop", "asyncio", rows, [])
    process = RawProcess("1", "first", None, 0, {}, 9_000, "stopped", [lane], {}, {})
    names = NameTables()
    names.add(process)
    columns = LaneColumns(process, lane, names, from_ns=1_000, until_ns=3_000).build()
    assert columns["exchange.ended_ns"].tolist() == [2_000, 0]
    assert columns["exchange.instance"].tolist() == [3, 4]


def test_a_thread_in_a_call_of_which_no_more_is_known_is_not_outside_of_calls() -> None:
    """It began before the measurement, or in a window that was not kept."""
    rows = {
        f"began.{name}": np.array([value], dtype=np.int64)
        for name, value in (
            ("number", 7), ("started_ns", 1_500), ("site", 0), ("route", 0), ("client", 0), ("thread", 0), ("blocking", 0),
            ("cpu_started_ns", 0), ("request", 0),
        )
    }  # fmt: skip
    looks = {
        "at_ns": [1_600, 1_700, 1_800], "wall_ns": [100] * 3, "cpu_ns": [5] * 3, "stack": [0] * 3, "thread": [0] * 3,
        "exchange": [3, -1, 7],
    }  # fmt: skip
    rows |= {f"dwell.{name}": np.array(values, dtype=np.int64) for name, values in looks.items()}
    lane = RawLane(1, "loop", "threads", rows, [])
    process = RawProcess("1", "first", None, 0, {}, 9_000, "stopped", [lane], {}, {})
    names = NameTables()
    names.add(process)
    columns = LaneColumns(process, lane, names, from_ns=1_000, until_ns=3_000).build()
    assert columns["dwell.exchange"].tolist() == [-1, 0]
    assert columns["dwell.at_ns"].tolist() == [1_700, 1_800]
    assert columns["sample.weight_ns"].tolist() == [5, 5, 5]
