"""Every patch of the catalogue for httpx and httpx2 leaves the client's behaviour as it is; a broken one is caught."""

import functools
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from clientprof.experiments.staircase.same_behaviour import (
    compare_behaviour,
    differences,
    lasting_differences,
    observe_changed,
)
from clientprof.experiments.suspects.suspect import PATCHES
from clientprof.workload.behaviour.behaviour_settings import (
    CANCELLED,
    CONNECTING,
    CONNECTIONS,
    REQUESTS,
    TIMEOUTS,
    Observed,
)
from clientprof.workload.changes import Change
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.process import WorkerError

LOAD = Scenario(concurrency=12)
ROOTS = {"httpx": "httpcore", "httpx2": "httpcore2"}
HARMLESS = (
    "anyio_scopes", "anyio_streams", "cookie_extraction", "double_assignment", "exception_mapping", "h11_parser",
    "keepalive_expiry", "pool_scan", "socket_poll", "trace_objects", "trust_env", "url_parse",
)  # fmt: skip
# What httpcore2 does already.
NOT_FOR = {("httpx2", "cookie_extraction"), ("httpx2", "double_assignment"), ("httpx2", "lock_yield")}
BROKEN = Path(__file__).parents[1] / "plants" / "broken_patches.py"


@functools.cache
def unchanged(adapter: str) -> Observed:
    return observe_changed(adapter, (), LOAD)


def patches(adapter: str, *names: str) -> tuple[Change, ...]:
    return tuple(Change(file=str(PATCHES / f"{name}.py"), name="apply", argument=ROOTS[adapter]) for name in names)


def different(adapter: str, *changes: Change) -> tuple[str, ...]:
    return compare_behaviour(adapter, changes, LOAD, unchanged=unchanged(adapter)).differences


@pytest.mark.slow
@pytest.mark.parametrize("adapter", ROOTS)
def test_a_client_behaves_like_itself(adapter: str) -> None:
    assert different(adapter) == ()


@pytest.fixture(scope="module")
def patched(request: pytest.FixtureRequest) -> Iterator[Mapping[tuple[str, str], Future[Observed]]]:
    """Each patch that is asked for, by client and name: observed beside the others, since checks mostly wait."""
    tests = [
        each for each in request.session.items if isinstance(each, pytest.Function) and "patched" in each.fixturenames
    ]
    asked = [(each.callspec.params["adapter"], each.callspec.params["name"]) for each in tests]
    with ThreadPoolExecutor(8) as pool:
        yield {(a, n): pool.submit(observe_changed, a, patches(a, n), LOAD) for a, n in asked}
        pool.shutdown(cancel_futures=True)


@pytest.mark.slow
@pytest.mark.parametrize(("adapter", "name"), [(a, n) for a in ROOTS for n in HARMLESS if (a, n) not in NOT_FOR])
def test_a_patch_changes_no_behaviour(
    adapter: str, name: str, patched: Mapping[tuple[str, str], Future[Observed]]
) -> None:
    again = functools.partial(observe_changed, adapter, patches(adapter, name), LOAD)
    assert lasting_differences(unchanged(adapter), patched[adapter, name].result(), again).differences == ()


@pytest.mark.slow
@pytest.mark.parametrize("adapter", ROOTS)
def test_all_patches_together_change_no_behaviour_in_any_order(adapter: str) -> None:
    names = [name for name in HARMLESS if (adapter, name) not in NOT_FOR]
    assert different(adapter, *patches(adapter, *names)) == ()
    assert different(adapter, *patches(adapter, *reversed(names))) == ()


@pytest.mark.slow
def test_taking_locks_at_once_is_caught_losing_connections() -> None:
    (difference,) = different("httpx", *patches("httpx", "lock_yield"))
    assert difference.startswith(f"not {CANCELLED}")


@pytest.mark.parametrize(("adapter", "name"), sorted(NOT_FOR))
def test_a_patch_for_what_is_not_there_says_so(adapter: str, name: str) -> None:
    with pytest.raises(WorkerError, match="finds nothing to change"):
        observe_changed(adapter, patches(adapter, name), LOAD)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("cut_bodies", "the same answers"),
        ("send_twice", REQUESTS),
        ("one_connection_each", CONNECTIONS),
        ("swallow_timeouts", TIMEOUTS),
        ("keep_cancelled", CANCELLED),
    ],
)
def test_a_broken_patch_is_caught(name: str, check: str) -> None:
    found = different("httpx2", Change(file=str(BROKEN), name=name))
    assert any(difference.startswith(f"not {check}") for difference in found)


def observed(**outcomes: str) -> Observed:
    return Observed(tuple(outcomes.items()))


def test_a_difference_names_the_check_and_shows_where_the_outcomes_part() -> None:
    found = differences(observed(a="x" * 500 + "old", b="same"), observed(a="x" * 500 + "new", b="same"))
    assert found.checks == ("a", "b")
    (line,) = found.differences
    assert line.startswith("not a: ...x")
    assert "old became" in line
    assert line.endswith("new")


def test_a_check_that_was_not_made_again_differs() -> None:
    assert differences(observed(a="x"), observed()).differences == ("not a: x became nothing",)


@pytest.mark.parametrize(("before", "after", "differs"), [(2, 5, False), (2, 6, True), (0, 1, False), (0, 2, True)])
def test_connections_lost_while_connecting_differ_only_where_they_are_clearly_more(
    before: int, after: int, differs: bool
) -> None:
    found = differences(
        Observed(((CONNECTING, f"{before} of 13 leak"),)), Observed(((CONNECTING, f"{after} of 13 leak"),))
    )
    assert bool(found.differences) is differs


@pytest.mark.parametrize(
    ("changed", "again", "asked", "differs"),
    [
        ({CANCELLED: "12 of 13"}, {CANCELLED: "13 of 13"}, 1, False),
        ({CANCELLED: "12 of 13"}, {CANCELLED: "12 of 13"}, 1, True),
        ({CANCELLED: "12 of 13", REQUESTS: "2"}, {CANCELLED: "13 of 13", REQUESTS: "1"}, 0, True),
        ({}, {}, 0, False),
    ],
    ids=["by chance", "twice", "not alone", "same"],
)
def test_cancelled_requests_alone_are_observed_once_more(
    changed: dict[str, str], again: dict[str, str], asked: int, differs: bool
) -> None:
    before, calls = {CANCELLED: "13 of 13", REQUESTS: "1"}, []

    def observe() -> Observed:
        calls.append(1)
        return observed(**(before | again))

    found = lasting_differences(observed(**before), observed(**(before | changed)), observe)
    assert bool(found.differences) is differs
    assert len(calls) == asked
