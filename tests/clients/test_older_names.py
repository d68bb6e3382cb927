"""Older versions' names of functions: what one table knows of them, every table of the same library knows."""

import contextlib
from collections.abc import Iterable

import pytest

from clientprof.clients import CLIENTS
from clientprof.clients.adapter import SyncAdapter
from clientprof.clients.programs import OBSERVED
from clientprof.model.phases import Mark
from clientprof.model.programs.recording import WITHOUT_POOL
from clientprof.model.run import Blocking
from clientprof.probes.failures import Failures
from clientprof.probes.in_threads.thread_stamps import ThreadStamps
from clientprof.probes.observation_points import WaitSpec, find
from clientprof.probes.patches import Patches
from clientprof.recording.recorder import Recorder

# httpcore's blocking half is generated from the asynchronous one by these replacements, its backends written apart.
_UNASYNC = (
    ("_async", "_sync"), ("AsyncConnectionPool", "ConnectionPool"), ("AsyncHTTP", "HTTP"), ("aclose", "close"),
    ("handle_async_request", "handle_request"), ("_backends.anyio:AnyIOStream", "_backends.sync:SyncStream"),
    ("backends.asyncio:AsyncIOStream", "backends.sync:SyncStream"), ("AsyncClient", "Client"), ("aread", "read"),
)  # fmt: skip


def alternatives(target: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in target.split("|"))


def blocking(name: str) -> str:
    for old, new in _UNASYNC:
        name = name.replace(old, new)
    return name


def targets(name: str) -> Iterable[str]:
    adapter = CLIENTS[name]
    return [spec.target for spec in (*adapter.boundaries, *adapter.marks, *adapter.counters)]


def test_the_blocking_httpx_knows_every_older_name_that_the_asynchronous_one_knows() -> None:
    known = {alternatives(target) for target in targets("httpx-sync")}
    first = {each[0] for each in known}
    expected = [tuple(map(blocking, alternatives(target))) for target in targets("httpx") if "|" in target]
    of_both = [each for each in expected if each[0] in first]
    assert len(of_both) >= 8
    assert [each for each in of_both if each not in known] == []


def test_older_httpcore_has_one_lock_which_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    import httpcore._synchronization as synchronization

    monkeypatch.delattr(synchronization, "ThreadLock")
    adapter = CLIENTS["httpx-sync"]
    assert issubclass(adapter, SyncAdapter)
    found = [seam.function for wait in adapter.waits if (seam := find(wait.target)) is not None]
    assert len(set(found)) == len(found) == 2
    (locks,) = (spec for spec in adapter.counters if spec.name == "lock_acquisitions")
    assert find(locks.target) is not None


def test_a_wait_that_only_some_versions_have_is_not_told_of_where_it_is_missing() -> None:
    patches = Patches()
    waits = (WaitSpec("no.such:f", Blocking.LOCK), WaitSpec("no.such:g", Blocking.LOCK, optional=True))
    try:
        assert ThreadStamps(Recorder(), patches, Failures()).install((), waits) == ["no.such:f"]
    finally:
        patches.restore()


def test_what_makes_connections_in_a_program_is_what_the_adapter_of_the_same_client_names() -> None:
    # Of a client that is not installed here nothing can be looked up.
    for name, observed in OBSERVED.items():
        if name in CLIENTS and observed.creates:
            bounds = {spec.target for spec in CLIENTS[name].boundaries}
            assert bounds & set(observed.creates), name


def test_functions_that_a_program_calls_are_found_in_the_installed_versions() -> None:
    for observed in OBSERVED.values():
        try:
            __import__(observed.module)
        except ImportError:
            continue
        once = (
            *observed.entries,
            *observed.bodies,
            *observed.closers,
            *observed.breaks,
            *observed.closes,
            *observed.dials,
        )
        parts = (*observed.sends, *observed.readers)
        wanted = (*once, *parts, *observed.queues, *observed.builds)
        assert [target for target in wanted if find(target) is None] == []


def test_clients_without_a_pool_are_those_that_mark_no_door_of_one() -> None:
    without = set()
    for observed in OBSERVED.values():
        if observed.opaque:
            continue
        with contextlib.suppress(ImportError):
            doors = {mark.enter for mark in observed.tables().marks} & {Mark.POOL_ENQUEUE, Mark.POOL_ACQUIRED}
            without |= set() if doors else {observed.client}
    # Of niquests' asynchronous sessions it is waited in a function that does nothing else.
    assert without - {"niquests-async"} == WITHOUT_POOL
