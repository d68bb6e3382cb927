"""Samples weigh the thread's CPU: not waiting, not collecting, not the sampler. Only CPU clocks are compared."""

import gc
import threading
import time

from sampled_run import BUSY_NS, busy, sampled


class Link:
    """Something that only the collector can free."""

    def __init__(self) -> None:
        self.self = self


def litter() -> None:
    """CPU that goes almost all to collections of many live objects."""
    alive = [Link() for _ in range(30_000)]
    for _ in range(15):
        gc.collect()
    assert alive


def test_weights_add_up_to_the_threads_cpu_less_the_samplers_own() -> None:
    seen = sampled(lambda: busy(2 * BUSY_NS))
    total_ns = sum(seen.columns["sample.weight_ns"]) + sum(seen.columns["sample.gc_ns"])
    assert 0.7 * seen.cpu_ns < total_ns <= seen.cpu_ns


def test_no_sample_has_a_negative_weight() -> None:
    seen = sampled(litter)
    weights = zip(seen.columns["sample.weight_ns"], seen.columns["sample.stack"], strict=True)
    # What belongs to no stack may be negative: what samples stand for beyond what was computed.
    assert min(weight for weight, stack in weights if stack >= 0) >= 0
    assert min(seen.columns["sample.gc_ns"]) >= 0


def test_sleeping_weighs_no_more_than_the_cpu_it_took() -> None:
    slept_ns = 150_000_000

    def idle() -> None:
        time.sleep(slept_ns / 1e9)

    seen = sampled(idle)
    weight_ns = sum(seen.columns["sample.weight_ns"])
    assert weight_ns <= seen.cpu_ns
    assert weight_ns < slept_ns / 4


def test_cpu_of_other_threads_is_not_in_the_weights() -> None:
    def wait_for_another() -> None:
        other = threading.Thread(target=busy, args=(2 * BUSY_NS,))
        other.start()
        other.join()

    seen = sampled(wait_for_another)
    assert sum(seen.columns["sample.weight_ns"]) <= seen.cpu_ns < BUSY_NS


def test_collections_are_taken_out_of_the_weights_and_reported_apart() -> None:
    seen = sampled(litter)
    collected_ns = sum(seen.columns["sample.gc_ns"])
    assert seen.garbage_ns > seen.cpu_ns / 2, "the load must be mostly collections"
    assert 0.8 * seen.garbage_ns < collected_ns <= seen.cpu_ns
    assert sum(seen.columns["sample.weight_ns"]) + collected_ns <= seen.cpu_ns


def test_what_ran_before_a_collection_is_not_charged_to_whoever_set_it_off() -> None:
    alive = [Link() for _ in range(30_000)]

    def collects() -> None:
        gc.collect()

    def alternates() -> None:
        for _ in range(30):
            busy(2_000_000)
            collects()

    gc.disable()
    try:
        seen = sampled(alternates)
    finally:
        gc.enable()
    assert alive
    assert seen.garbage_ns > seen.cpu_ns / 3, "many samples must fall into collections"
    weights = [
        (stack, weight_ns)
        for stack, weight_ns in zip(seen.columns["sample.stack"], seen.columns["sample.weight_ns"], strict=True)
        if stack >= 0
    ]
    total_ns = sum(weight_ns for _, weight_ns in weights)
    collecting = [code is collects.__code__ for (code, _), *_ in seen.stacks]
    charged_ns = sum(weight_ns for here, (_, weight_ns) in zip(collecting, weights, strict=True) if here)
    assert total_ns > BUSY_NS / 2
    assert charged_ns < total_ns / 20


def test_every_collection_has_a_row_with_its_generation() -> None:
    def collect() -> None:
        gc.collect(0)
        gc.collect(2)

    gc.disable()
    try:
        columns = sampled(collect).columns
    finally:
        gc.enable()
    assert list(columns["gc.generation"]) == [0, 2]
    for started_ns, ended_ns in zip(columns["gc.started_ns"], columns["gc.ended_ns"], strict=True):
        assert started_ns <= ended_ns


def test_garbage_that_was_found_is_counted() -> None:
    gc.collect()
    gc.disable()
    try:

        def collect() -> None:
            for _ in range(100):
                Link()
            gc.collect()

        columns = sampled(collect).columns
    finally:
        gc.enable()
    assert sum(columns["gc.collected"]) >= 100
