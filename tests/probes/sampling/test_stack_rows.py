"""Distinct stacks have distinct numbers, and what is kept of each does not grow with its depth."""

import random
import sys
import tracemalloc

from clientprof.probes.sampling.stack_rows import StackRows
from clientprof.recording.recorder import Recorder


def left(rows: StackRows, turns: int, depth: int) -> int:
    if not depth:
        return rows.of(sys._getframe())
    return (left if turns & 1 else right)(rows, turns >> 1, depth - 1)


def right(rows: StackRows, turns: int, depth: int) -> int:
    if not depth:
        return rows.of(sys._getframe())
    return (left if turns & 1 else right)(rows, turns >> 1, depth - 1)


def test_each_way_down_is_a_stack_of_its_own_and_the_same_way_is_the_same_stack() -> None:
    recorder = Recorder()
    rows = StackRows(recorder)
    first, again = ([left(rows, turns, 5) for turns in range(32)] for _ in range(2))
    assert len(set(first)) == 32
    assert first == again
    columns = recorder.columns()
    assert len(columns["stack.count"]) == 32
    assert sum(columns["stack.count"]) == len(columns["frame.code"])


def test_a_stack_is_kept_in_a_few_hundred_bytes_however_deep_it_is() -> None:
    recorder = Recorder()
    rows = StackRows(recorder)
    ways = [random.Random(1).getrandbits(60) + number for number in range(600)]
    left(rows, 0, 60)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for turns in ways:
            left(rows, turns, 60)
            recorder.discard()  # rows go to disk
        kept = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert kept < 300 * len(ways)
