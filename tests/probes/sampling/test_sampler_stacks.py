"""Stacks that the sampler saw are stacks that the program had."""

import gc
import signal
import sys
from itertools import pairwise
from pathlib import Path
from time import perf_counter_ns, process_time_ns

import clientprof.probes.sampling.sampler
from clientprof.probes.exchange import EXCHANGE
from sampled_run import BUSY_NS, Sampled, busy, sampled

PROBES = str(Path(clientprof.probes.sampling.sampler.__file__).parent)


def left() -> None:
    busy(BUSY_NS // 40)


def right() -> None:
    busy(BUSY_NS // 40)


def above() -> None:
    for _ in range(20):
        left()
        right()


def down(depth: int) -> None:
    if depth:
        down(depth - 1)
    else:
        busy(BUSY_NS)


def own_pairs(seen: Sampled) -> set[tuple[str, str]]:
    """Callee and caller of every two neighbouring frames of this file and its harness."""
    return {
        (inner.co_name, outer.co_name)
        for stack in seen.stacks
        for (inner, _), (outer, _) in pairwise(stack)
        if {Path(inner.co_filename).name, Path(outer.co_filename).name} <= {"test_sampler_stacks.py", "sampled_run.py"}
    }


def test_only_calls_that_happen_are_seen() -> None:
    seen = sampled(above)
    test = "test_only_calls_that_happen_are_seen"
    assert own_pairs(seen) == {
        ("busy", "left"), ("busy", "right"), ("left", "above"), ("right", "above"), ("above", "sampled"), ("sampled", test)
    }  # fmt: skip


def test_lines_lie_inside_their_functions() -> None:
    for stack in sampled(above).stacks:
        for code, line in stack:
            lines = [number for _, _, number in code.co_lines() if number is not None]
            assert min(lines) <= line <= max(lines)


def test_recursion_is_seen_at_its_full_depth() -> None:
    seen = sampled(lambda: down(50))
    deep = [stack for stack in seen.stacks if any(code.co_name == "busy" for code, _ in stack)]
    assert deep
    assert {sum(code.co_name == "down" for code, _ in stack) for stack in deep} == {51}


def test_the_instruments_own_frames_are_absent() -> None:
    def allocate() -> None:
        end_ns = process_time_ns() + BUSY_NS
        while process_time_ns() < end_ns:
            gc.collect(0)

    files = {code.co_filename for stack in sampled(allocate).stacks for code, _ in stack}
    assert not {file for file in files if file.startswith(PROBES)}


def test_samples_carry_the_exchange_that_was_running() -> None:
    def tagged() -> None:
        for number in (7, 8):
            token = EXCHANGE.set(number)
            busy(BUSY_NS)
            EXCHANGE.reset(token)

    exchanges = sampled(tagged).columns["sample.exchange"]
    assert {7, 8} <= set(exchanges) <= {-1, 7, 8}


def test_a_row_of_every_column_for_every_sample_and_the_rest_at_the_end() -> None:
    columns = sampled(above).columns
    lengths = {name: len(values) for name, values in columns.items() if name.startswith("sample.")}
    assert len(set(lengths.values())) == 1
    assert columns["sample.stack"][-1] == -1
    assert list(columns["sample.at_ns"]) == sorted(columns["sample.at_ns"])
    assert sum(columns["stack.count"]) == len(columns["frame.code"]) == len(columns["frame.line"])


def test_a_signal_handled_while_the_timer_is_stopped_does_not_set_it_again() -> None:
    seen: list[tuple[float, float]] = []

    def stop_in_the_middle(stop: object) -> None:
        assert callable(stop)
        original = signal.setitimer

        def interrupted(which: int, *seconds: float) -> tuple[float, float]:
            before = original(which, *seconds)
            if seconds == (0,):
                handler = signal.getsignal(signal.SIGALRM)
                assert callable(handler)
                for _ in range(20):
                    handler(signal.SIGALRM, sys._getframe())
                seen.append(signal.getitimer(signal.ITIMER_REAL))
            return before

        signal.setitimer = interrupted  # type: ignore[assignment]
        try:
            stop()
        finally:
            signal.setitimer = original

    sampled(lambda: None, stop_with=stop_in_the_middle)
    assert seen == [(0.0, 0.0)]
    assert perf_counter_ns() > 0
