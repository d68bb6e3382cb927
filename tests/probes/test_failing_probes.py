"""A probe that raises is removed and noted; the program goes on as if it were not there, and its rows stay level."""

import asyncio
import gc
import re
import ssl
import sys
from collections.abc import Callable

import pytest

from clientprof.model.phases import Mark
from clientprof.origin.process import OriginProcess
from clientprof.probes.boundary_marks import marked
from clientprof.probes.counts.counters import CountingProbe
from clientprof.probes.counts.garbage import GarbageProbe
from clientprof.probes.failures import Failures
from clientprof.probes.observation_points import CounterSpec, MarkSpec
from clientprof.probes.on_asyncio.handshakes import install_handshake_stamps
from clientprof.probes.patches import Patches
from clientprof.recording.recorder import Recorder
from failing_recorder import FailingRecorder
from memory_handshake import client_context, server_context, shake_hands
from sampled_run import BUSY_NS, busy, sampled
from stamped_run import run_stamped


def level_rows(recorder: Recorder, group: str) -> int:
    """The rows of a group, which all its columns must have."""
    (rows,) = {len(values) for name, values in recorder.columns().items() if name.startswith(f"{group}.")}
    return rows


def without_places(failures: Failures) -> list[str]:
    """Its notes, but for where in the package the errors were raised."""
    return [note.partition(" at ")[0] for note in failures.notes]


@pytest.mark.parametrize("column", ["mark.at_ns", "mark.exchange", "mark.kind"])
def test_marks_that_raise_are_removed(column: str) -> None:
    recorder, failures = FailingRecorder(column, rows=3), Failures()
    wrapped = marked(lambda value: value + 1, MarkSpec("m:f", Mark.CALL, Mark.DONE), recorder, failures)
    assert [wrapped(value) for value in range(5)] == [1, 2, 3, 4, 5]
    assert without_places(failures) == ["probe removed: marks of m:f: BrokenColumnError"]
    assert level_rows(recorder, "mark") == 3


def test_marks_of_a_coroutine_that_raise_leave_its_own_exception_alone() -> None:
    recorder, failures = FailingRecorder("mark.kind", rows=1), Failures()

    async def failing() -> None:
        raise KeyError("the program's")

    wrapped = marked(failing, MarkSpec("m:f", Mark.CALL, Mark.DONE), recorder, failures)
    with pytest.raises(KeyError, match="the program's") as caught:
        asyncio.run(wrapped())
    assert caught.value.__context__ is None
    assert failures.removed("marks of m:f")


@pytest.mark.parametrize("name", ["started_ns", "ended_ns", "generation", "collected"])
def test_a_collection_callback_that_raises_is_removed(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    recorder, failures = FailingRecorder(f"gc.{name}", rows=1), Failures()
    probe = GarbageProbe(recorder, failures)
    gc.disable()
    probe.install()
    try:
        for _ in range(3):
            gc.collect(0)
    finally:
        probe.uninstall()
        gc.enable()
    assert without_places(failures) == ["probe removed: garbage collections: BrokenColumnError"]
    assert level_rows(recorder, "gc") == 1
    assert probe.cpu_ns > 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("column", ["sample.at_ns", "sample.stack", "stack.count", "frame.line"])
def test_a_sampler_that_raises_is_removed_and_its_timer_with_it(column: str) -> None:
    # One stack may be all there is, so the columns of stacks break at the first.
    recorder, failures = FailingRecorder(column, rows=2 if column.startswith("sample") else 0), Failures()
    seen = sampled(lambda: busy(BUSY_NS), recorder=recorder, failures=failures)
    assert without_places(failures) == ["probe removed: sampler: BrokenColumnError"]
    assert level_rows(recorder, "sample") <= 2
    assert level_rows(recorder, "stack") <= 2
    level_rows(recorder, "frame")
    assert len(seen.stacks) == len(recorder.columns()["sample.at_ns"])


def test_a_removed_sampler_does_not_start_again() -> None:
    failures = Failures()
    failures.remove("sampler", OSError())
    assert sampled(lambda: busy(BUSY_NS // 4), failures=failures).stacks == []


@pytest.mark.parametrize("name", ["started_ns", "ended_ns", "exchange", "done"])
def test_handshake_stamps_that_raise_are_removed(name: str) -> None:
    recorder, failures, patches = FailingRecorder(f"handshake.{name}", rows=1), Failures(), Patches()
    install_handshake_stamps(recorder, patches, failures)
    try:
        assert shake_hands(client_context(trusting=True), server_context()).version() == "TLSv1.2"
        with pytest.raises(ssl.SSLCertVerificationError):
            shake_hands(client_context(trusting=False), server_context())
    finally:
        patches.restore()
    assert without_places(failures) == ["probe removed: handshake stamps: BrokenColumnError"]
    assert level_rows(recorder, "handshake") == 1


def test_a_counter_that_raises_is_removed_and_its_row_with_it() -> None:
    failures = Failures()
    specs = [CounterSpec("opened", "asyncio:open_connection", "calls"), CounterSpec("waits", "asyncio:wait", "calls")]
    probe = CountingProbe(specs, failures)
    probe.install()
    try:
        del probe._counts["timers"]
        asyncio.run(asyncio.sleep(0.001))
        names = {counter.name for counter in probe.counters(1)}
    finally:
        probe.uninstall()
    assert without_places(failures) == ["probe removed: counter timers: KeyError"]
    assert "timers" not in names
    assert {"opened", "waits", "tasks"} <= names


async def fetch(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answers = []
    for _ in range(3):
        writer.write(b"GET /100 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await writer.drain()
        answers.append((await reader.readuntil(b"\r\n\r\n"))[:15] + await reader.readexactly(100))
    writer.close()
    await writer.wait_closed()
    assert len(set(answers)) == 1
    return answers[0]


@pytest.mark.parametrize(
    "column",
    ["connection.opened_ns", "connection.exchange", "write.ended_ns", "write.connection", "write.bytes", "read.at_ns",
     "read.connection", "closing.at_ns", "closing.connection"],
)  # fmt: skip
def test_transport_stamps_that_raise_are_removed(column: str, origin: OriginProcess) -> None:
    recorder, failures = FailingRecorder(column, rows=0), Failures()
    answer = run_stamped(lambda: fetch(origin.ready.port), recorder, failures)
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert without_places(failures) == ["probe removed: stamps of transports: BrokenColumnError"]
    for group in ("connection", "write", "read", "closing"):
        level_rows(recorder, group)


def test_marks_of_connecting_that_raise_are_removed(origin: OriginProcess) -> None:
    recorder, failures = FailingRecorder("mark.kind", rows=1), Failures()
    run_stamped(lambda: fetch(origin.ready.port), recorder, failures)
    assert without_places(failures) == ["probe removed: marks of name lookup and connect: BrokenColumnError"]
    assert level_rows(recorder, "mark") == 1


def test_only_the_first_error_of_a_probe_is_noted_and_never_its_text() -> None:
    failures = Failures()
    for error in (OSError("secret path"), KeyError("other")):
        failures.remove("sampler", error)
    failures.remove("marks of m:f", ValueError("x"))
    assert failures.notes == ("probe removed: sampler: OSError", "probe removed: marks of m:f: ValueError")


def test_a_note_says_where_in_the_package_the_error_was_raised() -> None:
    recorder, failures = FailingRecorder("mark.at_ns", rows=0), Failures()
    marked(lambda: None, MarkSpec("m:f", Mark.CALL, Mark.DONE), recorder, failures)()
    (note,) = failures.notes
    assert re.fullmatch(r"probe removed: marks of m:f: BrokenColumnError at boundary_marks\.py:\d+", note)


def test_a_note_says_what_has_no_such_attribute() -> None:
    failures = Failures()
    try:
        _ = [].f_code  # type: ignore[attr-defined]
    except AttributeError as error:
        failures.remove("samples of threads", error)
    assert failures.notes == ("probe removed: samples of threads: AttributeError (list has no f_code)",)


@pytest.mark.parametrize("function", [lambda: None, len])
def test_what_a_probe_does_not_guard_against_passes_through(function: Callable[..., object]) -> None:
    # A KeyboardInterrupt inside the bookkeeping is the user's, not the probe's.
    class Interrupting(Recorder):
        def column(self, name: str) -> list[int]:
            class Column(list[int]):
                def append(self, value: int) -> None:
                    raise KeyboardInterrupt

            return Column() if name == "mark.kind" else super().column(name)

    wrapped = marked(function, MarkSpec("m:f", Mark.CALL), Interrupting(), Failures())
    with pytest.raises(KeyboardInterrupt):
        wrapped(*([()] if function is len else []))
    assert sys.exc_info() == (None, None, None)
