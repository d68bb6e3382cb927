"""Calls by ``sys.monitoring`` are exact, of the client's code only, and nothing of the counting stays behind."""

import gc
import importlib.util
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from clientprof.probes.counts import client_code, monitored_calls
from clientprof.probes.counts.monitored_calls import CannotMonitor, MonitoredCalls
from clientprof.probes.failures import Failures
from patchable_attributes import monitoring_tools

monitoring: Any = getattr(sys, "monitoring", None)
pytestmark = pytest.mark.skipif(monitoring is None, reason="sys.monitoring is there from Python 3.12 on")

# A generator counts once for each value and once for its end; a coroutine once. ``numbers``: 4 run to the end, 4 delegated
# to, 1 closed early, 2 by value and throw. Closing one that hangs at a plain yield enters it on 3.12 only.
EXPECTED = {
    "work": 1, "synchronous": 1, "asynchronous": 1, "delegating": 4, "guarded": 4, "raising": 3, "factorial": 5,
    "middle": 6, "innermost": 6, "answers": 2, "cancelled": 1, "plain": 17,
    "synchronous.<locals>.<genexpr>": 4, "asynchronous.<locals>.<genexpr>": 6,
    "synchronous.<locals>.<lambda>": 3, "__init__": 4,
}  # fmt: skip


@pytest.fixture
def subject() -> Iterator[ModuleType]:
    """Its functions have never run before: new code objects for each test."""
    path = Path(__file__).with_name("called_functions.py")
    spec = importlib.util.spec_from_file_location("called_functions_of_a_test", path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture
def calls(subject: ModuleType) -> Iterator[MonitoredCalls]:
    counting = MonitoredCalls([subject.__name__])
    counting.install()
    yield counting
    counting.uninstall()


def by_name(calls: MonitoredCalls) -> Counter[str]:
    """Calls by function; what generated code is called differs between Pythons."""
    found: Counter[str] = Counter()
    for count in calls.result()[0]:
        found[count.function.rpartition(".")[2] if "__init__" in count.function else count.function] += count.calls
    return found


def counted(calls: MonitoredCalls, subject: ModuleType) -> Counter[str]:
    calls.begin()
    subject.work()
    calls.end()
    return by_name(calls)


def test_every_kind_of_call_counts_exactly_the_first_time_and_again(calls: MonitoredCalls, subject: ModuleType) -> None:
    first, second = counted(calls, subject), counted(calls, subject)
    assert {name: first[name] for name in EXPECTED} == EXPECTED
    assert first == second
    assert first["numbers"] == (12 if sys.version_info < (3, 13) else 11)
    assert set(first) - set(EXPECTED) == {"numbers"}


def test_yappi_counts_the_same_to_the_digit(calls: MonitoredCalls, subject: ModuleType) -> None:
    yappi = pytest.importorskip("yappi")
    yappi.set_clock_type("wall")
    gc.disable()  # what hypothesis has the collector call would be counted as well
    yappi.start(builtins=False, profile_threads=False)
    calls.begin()
    subject.work()
    calls.end()
    yappi.stop()
    gc.enable()
    theirs: Counter[tuple[int, str]] = Counter()
    for stat in yappi.get_func_stats():
        if stat.module == subject.__file__:
            theirs[stat.lineno, stat.name.rpartition(".")[2]] += stat.ncall
    yappi.clear_stats()
    ours: Counter[tuple[int, str]] = Counter()
    for count in calls.result()[0]:
        if count.file != "<string>":
            ours[count.line, count.function.rpartition(".")[2]] += count.calls
    assert ours == theirs
    assert len(ours) == len(EXPECTED)


def test_edges_lead_from_every_caller_and_add_up_to_the_calls(calls: MonitoredCalls, subject: ModuleType) -> None:
    counts = counted(calls, subject)
    calls.begin_edges()
    subject.work()
    calls.end_edges()
    functions, edges = calls.result()
    name = [function.function for function in functions]
    called: Counter[str] = Counter()
    for edge in edges:
        called["__init__" if "__init__" in name[edge.callee] else name[edge.callee]] += edge.calls
    assert called == counts
    found = {(name[edge.caller], name[edge.callee]): edge.calls for edge in edges}
    assert found["factorial", "factorial"] == 4
    assert found["synchronous", "factorial"] == found["work", "synchronous"] == 1
    assert found["middle", "innermost"] == 6
    assert found["guarded", "plain"] == 1
    # Seen as a caller only, so it has no count of its own.
    assert {function.calls for function in functions if function.function == "Handle._run"} == {0}


def test_code_outside_the_client_is_not_counted(subject: ModuleType) -> None:
    calls = MonitoredCalls(["another_client"])
    calls.install()
    assert counted(calls, subject) == {}
    calls.uninstall()


def test_nothing_outside_begin_and_end_is_counted(calls: MonitoredCalls, subject: ModuleType) -> None:
    subject.plain()
    calls.begin()
    subject.plain()
    calls.end()
    subject.plain()
    assert by_name(calls) == {"plain": 1}
    calls.begin()
    calls.end()
    assert by_name(calls) == {}


def test_calls_of_all_threads_count(calls: MonitoredCalls, subject: ModuleType) -> None:
    calls.begin()
    threads = [threading.Thread(target=lambda: [subject.factorial(10) for _ in range(200)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    calls.end()
    assert by_name(calls)["factorial"] == 8000


def test_calls_are_added_up_between_requests_once_there_are_many(
    subject: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monitored_calls, "MAX_PENDING", 10)
    pending: list[int] = []

    def request() -> None:
        for _ in range(30):
            subject.plain()
        pending.append(calls._pending.qsize())

    calls = MonitoredCalls([subject.__name__], each_request=request.__code__)
    calls.install()
    calls.begin()
    for _ in range(5):
        request()
    calls.end()
    calls.uninstall()
    assert max(pending) <= 31
    assert by_name(calls)["plain"] == 150


def test_everything_is_given_back(subject: ModuleType) -> None:
    before = monitoring_tools()
    calls = MonitoredCalls([subject.__name__])
    calls.install()
    assert sum(tool == monitored_calls.NAME for tool in monitoring_tools()) == 2
    numbers = [number for number, tool in enumerate(monitoring_tools()) if tool == monitored_calls.NAME]
    calls.begin()
    subject.plain()
    calls.uninstall()
    calls.uninstall()
    assert monitoring_tools() == before
    for number in numbers:
        monitoring.use_tool_id(number, "a test")
        assert monitoring.get_events(number) == 0
        assert monitoring.get_local_events(number, subject.plain.__code__) == 0
        events = monitoring.events
        for event in (events.PY_START, events.PY_RESUME, events.PY_THROW, events.PY_RETURN):
            assert monitoring.register_callback(number, event, None) is None
        monitoring.free_tool_id(number)


def test_tools_of_others_stay_theirs_and_none_left_is_said(subject: ModuleType) -> None:
    free = [number for number in range(6) if monitoring.get_tool(number) is None]
    heard: list[str] = []
    for number in free[:-2]:
        monitoring.use_tool_id(number, f"another {number}")
    monitoring.register_callback(free[0], monitoring.events.PY_START, lambda code, offset: heard.append(code.co_name))
    monitoring.set_local_events(free[0], subject.plain.__code__, monitoring.events.PY_START)
    try:
        calls = MonitoredCalls([subject.__name__])
        calls.install()
        calls.begin()
        subject.plain()
        calls.end()
        calls.uninstall()
        subject.plain()
        assert (heard, by_name(calls)) == (["plain", "plain"], {"plain": 1})
        monitoring.use_tool_id(free[-1], "one more")
        with pytest.raises(CannotMonitor, match="other tools hold"):
            MonitoredCalls([subject.__name__]).install()
        monitoring.free_tool_id(free[-1])
    finally:
        monitoring.set_local_events(free[0], subject.plain.__code__, 0)
        monitoring.register_callback(free[0], monitoring.events.PY_START, None)
        for number in free[:-2]:
            monitoring.free_tool_id(number)


def test_a_fault_of_the_counting_never_reaches_the_program(
    subject: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: str) -> tuple[str, str]:
        raise RuntimeError("no such path")

    monkeypatch.setattr(client_code, "shorten", fail)
    failures = Failures()
    calls = MonitoredCalls([subject.__name__], failures)
    calls.install()
    calls.begin()
    assert subject.plain() == 1
    calls.end()
    calls.uninstall()
    assert [note.partition(" at ")[0] for note in failures.notes] == ["probe removed: calls: RuntimeError"]
