"""Whose time a stack is, what kind of code ran, and which function to name."""

import pytest

from clientprof.attribution.costs.stacks import ClassifiedStack, StackTable
from clientprof.model.layers import Layer
from clientprof.model.samples import Boundary, CodeLocation
from recordings import TURN, boundary, code, sample_run

APP = code("program", "main", origin="app")
REQUEST = code("httpx._client", "request")
POOL = code("httpcore._async.connection_pool", "handle_async_request")
PASS = code("httpcore._async.connection_pool", "_assign")
READ = code("httpcore._backends.anyio", "read")
POLL = code("selectors", "poll", origin="stdlib")
NEUTRAL = code("contextlib", "__enter__", origin="stdlib")
IMPORT = code("importlib._bootstrap", "_find_and_load", origin="stdlib")
LISTCOMP = code("httpcore._async.connection_pool", "_assign.<locals>.<listcomp>", line=9)
STAMP = code("clientprof.probes.boundary_marks", "stamp", origin="profiler")
EDGES = (boundary(REQUEST, Layer.API), boundary(POOL, Layer.POOL), boundary(READ, Layer.IO))
LAYERS = {"httpx": "api", "httpcore": "http", "httpcore._async.connection_pool": "pool", "httpcore._backends": "io"}


def classified(*frames: CodeLocation, edges: tuple[Boundary, ...] = EDGES, charge: bool = True) -> ClassifiedStack:
    run = sample_run([frames], [(1, 1, 0)], *edges, module_layers=LAYERS)
    return StackTable(run, charge_profiler=charge).stacks[0]


def named(*frames: CodeLocation, edges: tuple[Boundary, ...] = EDGES) -> CodeLocation:
    run = sample_run([frames], [(1, 1, 0)], *edges, module_layers=LAYERS)
    table = StackTable(run)
    return table.codes[table.stacks[0].named]


def test_the_innermost_boundary_owns_the_time() -> None:
    assert classified(TURN, REQUEST, POOL, READ).owner is Layer.IO
    assert classified(TURN, REQUEST, POOL, PASS).owner is Layer.POOL


def test_what_a_boundary_calls_stays_its_own() -> None:
    found = classified(TURN, REQUEST, POOL, POLL)
    assert (found.owner, found.work) == (Layer.POOL, Layer.IO)


def test_code_that_works_for_its_caller_has_its_caller_s_layer_as_work() -> None:
    assert classified(TURN, REQUEST, POOL, NEUTRAL).work is Layer.POOL


def test_the_boundaries_of_loop_and_application_own_no_package_s_frames() -> None:
    edges = (boundary(APP, Layer.APP), boundary(TURN, Layer.LOOP))
    assert classified(TURN, APP, PASS, edges=edges).owner is Layer.POOL
    assert classified(TURN, PASS, edges=edges).owner is Layer.POOL


def test_the_loop_s_boundary_owns_the_standard_library_below_it() -> None:
    assert classified(TURN, POLL, edges=(boundary(TURN, Layer.LOOP),)).owner is Layer.LOOP


def test_a_callback_of_a_user_s_program_is_the_application_s() -> None:
    assert classified(TURN, APP, edges=(boundary(TURN, Layer.LOOP),)).owner is Layer.APP


def test_boundaries_that_were_not_found_own_nothing() -> None:
    lost = Boundary(POOL.module, POOL.function, Layer.TLS, False, POOL.file, POOL.line)
    assert Layer.TLS not in classified(TURN, REQUEST, POOL, PASS, edges=(lost,)).layers


def test_frames_below_the_loop_s_turn_are_left_out() -> None:
    main = code("asyncio.runners", "run", origin="stdlib")
    found = classified(main, TURN, REQUEST)
    assert len(found.frames) == 2


def test_comprehensions_are_merged_into_their_function() -> None:
    assert len(classified(TURN, POOL, PASS, LISTCOMP).frames) == 3
    assert named(TURN, POOL, PASS, LISTCOMP) == PASS


def test_the_named_function_is_outside_the_standard_library() -> None:
    assert named(TURN, REQUEST, POOL, POLL) == POOL


def test_an_import_is_named_by_the_function_that_imports() -> None:
    inner = code("sniffio._impl", "module")
    edges = (*EDGES, boundary(IMPORT, Layer.IMPORT))
    assert named(TURN, POOL, PASS, IMPORT, POLL, edges=edges) == PASS
    assert named(TURN, POOL, PASS, IMPORT, inner, edges=edges) == PASS
    assert classified(TURN, POOL, PASS, IMPORT, inner, edges=edges).owner is Layer.IMPORT


def test_the_profiler_s_own_frames_are_charged_to_the_profiler() -> None:
    assert classified(TURN, POOL, STAMP).owner is Layer.PROFILER


def test_the_profiler_s_frames_stand_in_for_what_they_wrap_where_it_is_not_charged() -> None:
    found = classified(TURN, POOL, STAMP, charge=False)
    assert (found.owner, len(found.frames)) == (Layer.POOL, 2)


def test_a_wrapper_of_the_profiler_further_out_changes_nothing() -> None:
    assert classified(TURN, STAMP, REQUEST, STAMP, POOL, PASS).owner is Layer.POOL


def test_an_empty_stack_is_other() -> None:
    assert classified().owner is Layer.OTHER
    assert classified(STAMP, charge=False).owner is Layer.OTHER


@pytest.mark.parametrize("module", ["clientprof.workload.drivers.thread_driver", "clientprof.workload.thread_driver"])
def test_what_started_the_thread_is_left_out_in_older_recordings_too(module: str) -> None:
    started = code("threading", "Thread.run", origin="stdlib")
    driver = code(module, "ThreadDriver.run_exchange", origin="profiler")
    assert len(classified(started, driver, REQUEST, POOL).frames) == len((driver, REQUEST, POOL))
