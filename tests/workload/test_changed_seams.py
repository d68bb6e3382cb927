"""A library that is no longer as the instruments know it: no request fails, and what was left out is named.

Each library here works: its parts are renamed, get another parameter, are of another kind, or raise for us only.
"""

import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from clientprof.model.run import Run
from clientprof.origin.process import OriginProcess
from clientprof.workload.load.scenario import Loop
from clientprof.workload.process import run_worker
from rewritten_library import Changes, changed
from small_load import TIMEOUT_S, settings_for

pytestmark = pytest.mark.usefixtures("no_process_left")

BASE, EVENTS, SELECTOR = "asyncio.base_events", "asyncio.events", "asyncio.selector_events"
POOL = "httpcore._async.connection_pool"
NO_STEPS = "left out: steps of the event loop, "


def measured(origin: OriginProcess, folder: Path, changes: Changes, **settings: Any) -> Run:
    """A worker under the ledger lens, with the changed library; all of its requests must be answered."""
    environment = changed(folder, changes)
    chosen = {"client": "aiohttp", "lens": "ledger", "rounds": 2, "max_rounds": 2, **settings}
    run = run_worker(settings_for(origin, **chosen), lambda event: None, timeout_s=TIMEOUT_S, environment=environment)
    assert list(run.column("exchange.error")) == [0] * (16 * 3)
    return run


def rows(run: Run, column: str) -> int:
    return len(run.column(column))


def noted(run: Run) -> Sequence[str]:
    return [note for note in run.facts.notes if note.startswith(("left out", "probe removed", "not found"))]


def test_an_unchanged_library_leaves_nothing_out(origin: OriginProcess, tmp_path: Path) -> None:
    run = measured(origin, tmp_path, {})
    assert noted(run) == []
    assert rows(run, "step.started_ns") > 0
    assert rows(run, "write.started_ns") > 0


# The context of readers and writers, which Python 3.15 lets its callers choose.
OF_READERS = "context=context" if sys.version_info >= (3, 15) else "None"
STEPS_GONE = [
    pytest.param({BASE: [("self._ready", "self._turn")]}, "_ready.append is not there", id="queue renamed"),
    pytest.param(
        {EVENTS: [("def _run(self)", "def _invoke(self)")], BASE: [("handle._run()", "handle._invoke()")]},
        "Handle._run is not there",
        id="method of handles renamed",
    ),
    pytest.param(
        {BASE: [("def call_soon(self, callback, *args, context=None)",
                 "def call_soon(self, callback, *args, context=None, priority=0)")]},
        "call_soon takes (self, callback, args, context, priority)",
        id="optional parameter that we would refuse",
    ),
    pytest.param(
        {EVENTS: [("def __init__(self, callback, args, loop, context=None):",
                   "def __init__(self, callback, args, loop, context=None, *, origin):"),
                  ("super().__init__(callback, args, loop, context)",
                   "super().__init__(callback, args, loop, context, origin=0)")],
         BASE: [("events.Handle(callback, args, self, context)",
                 "events.Handle(callback, args, self, context, origin=0)")],
         SELECTOR: [(f"events.Handle(callback, args, self, {OF_READERS})",
                     f"events.Handle(callback, args, self, {OF_READERS}, origin=0)")]},
        "Handle.__init__ takes (self, callback, args, loop, context, origin)",
        id="required parameter of what we make",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "named"), STEPS_GONE)
@pytest.mark.parametrize("client", ["aiohttp", "httpx"])
def test_a_loop_that_does_not_fit_is_not_stamped_at_all(
    client: str, changes: Changes, named: str, origin: OriginProcess, tmp_path: Path
) -> None:
    run = measured(origin, tmp_path, changes, client=client)
    (note,) = noted(run)
    assert note.startswith(NO_STEPS)
    assert named in note
    for column in ("step.started_ns", "write.started_ns", "read.at_ns", "sample.at_ns", "await.at_ns"):
        assert rows(run, column) == 0
    assert rows(run, "mark.at_ns") > 0


def test_a_transport_that_does_not_fit_is_left_out_and_the_loop_still_stamps(
    origin: OriginProcess, tmp_path: Path
) -> None:
    run = measured(origin, tmp_path, {SELECTOR: [("_read_ready", "_readable")]})
    (note,) = noted(run)
    assert note.startswith("left out: writes and reads on connections, writes and reads on TLS connections, ")
    assert "_SelectorSocketTransport._read_ready is not there" in note
    assert rows(run, "step.started_ns") > 0
    assert rows(run, "write.started_ns") == rows(run, "connection.opened_ns") == 0


def test_a_required_parameter_more_of_what_we_hand_on_changes_nothing(origin: OriginProcess, tmp_path: Path) -> None:
    changes = {
        SELECTOR: [
            ("def _read_ready(self):", "def _read_ready(self, why):"),
            ("self._sock_fd, self._read_ready)", "self._sock_fd, self._read_ready, 'why')"),
            ("def write(self, data):", "def write(self, data, urgent=False):"),
        ]
    }
    run = measured(origin, tmp_path, changes)
    assert noted(run) == []
    assert rows(run, "read.at_ns") >= rows(run, "write.started_ns") > 0


def test_tls_connections_that_cannot_be_stamped_are_left_out_alone(
    origin: OriginProcess, tls_origin: OriginProcess, tmp_path: Path
) -> None:
    changes = {
        SELECTOR: [("_SelectorSocketTransport(self, rawsock", "globals()['_Selector' 'SocketTransport'](self, rawsock")]
    }
    run = measured(tls_origin, tmp_path, changes, tls=True)
    (note,) = noted(run)
    assert note.startswith("left out: writes and reads on TLS connections: ")
    assert note.endswith("_make_ssl_transport does not look up _SelectorSocketTransport")
    assert rows(run, "write.started_ns") == 0
    assert rows(run, "step.started_ns") > 0
    assert rows(run, "handshake.done") > 0
    assert rows(measured(origin, tmp_path, changes), "write.started_ns") > 0


def test_handshakes_that_do_not_fit_are_left_out_alone(tls_origin: OriginProcess, tmp_path: Path) -> None:
    changes = {"ssl": [("def session_reused(self)", "def session_resumed(self)")]}
    run = measured(tls_origin, tmp_path, changes, tls=True)
    gone = ["ssl:SSLObject.session_reused is not there", "ssl:SSLSocket.session_reused is not there"]
    assert sorted(noted(run)) == [
        f"left out: CPU of TLS, part by part: {'; '.join(gone)}",
        f"left out: TLS handshakes: {gone[0]}",
    ]
    assert rows(run, "handshake.done") == rows(run, "tls.done") == 0
    assert rows(run, "write.started_ns") > 0


def test_a_seam_that_raises_for_us_takes_its_instrument_out_whole(origin: OriginProcess, tmp_path: Path) -> None:
    refusal = "if type(self).__name__ == 'StampedHandle':\n            raise LookupError(self)\n        "
    run = measured(origin, tmp_path, {EVENTS: [("if context is None:", f"{refusal}if context is None:")]})
    assert "probe removed: steps of the event loop: LookupError" in [note.partition(" at ")[0] for note in noted(run)]
    columns = [rows(run, f"step.{name}") for name in ("started_ns", "enqueued_ns", "owner")]
    assert len(set(columns)) == 1
    assert columns[0] < 8


def test_a_function_of_the_client_that_is_of_another_kind_is_not_marked(origin: OriginProcess, tmp_path: Path) -> None:
    plain = (
        "    def handle_async_request(self, request):\n        return self._handle(request)\n\n    async def _handle("
    )
    run = measured(origin, tmp_path, {POOL: [("    async def handle_async_request(", plain)]}, client="httpx")
    assert noted(run) == [
        f"left out: marks of {POOL}:AsyncConnectionPool.handle_async_request: is no coroutine function"
    ]
    assert rows(run, "mark.at_ns") > 0


def test_a_function_of_the_client_that_is_gone_is_named(origin: OriginProcess, tmp_path: Path) -> None:
    run = measured(origin, tmp_path, {POOL: [("PoolByteStream", "PooledStream")]}, client="httpx")
    (note,) = noted(run)
    assert "PoolByteStream.aclose" in note


@pytest.mark.skipif(importlib.util.find_spec("trio") is None, reason="trio is not installed")
def test_streams_of_trio_that_do_not_fit_are_left_out_and_its_steps_are_stamped(
    origin: OriginProcess, tmp_path: Path
) -> None:
    changes = {"trio._socket": [("_nonblocking_helper", "_try_then_wait")]}
    run = measured(origin, tmp_path, changes, client="httpx", loop=Loop.TRIO)
    (note,) = noted(run)
    assert note.startswith("left out: writes and reads on trio's connections: ")
    assert "_nonblocking_helper is not there" in note
    assert rows(run, "step.started_ns") > 0
    assert rows(run, "write.started_ns") == 0


@pytest.mark.skipif(importlib.util.find_spec("uvloop") is None, reason="uvloop is not installed")
def test_a_uvloop_of_other_methods_is_measured_without_them(origin: OriginProcess, tmp_path: Path) -> None:
    name = "def new_event_loop()"
    other = (
        "class Loop(Loop):"
        "\n    async def create_connection(self, maker, *args, **kwargs):"
        "\n        return await super().create_connection(maker, *args, **kwargs)\n\n"
    )
    run = measured(origin, tmp_path, {"uvloop": [(name, other + name)]}, loop=Loop.UVLOOP)
    assert any("uvloop:Loop.create_connection takes (self, maker, args, kwargs)" in note for note in noted(run))
    assert rows(run, "connection.opened_ns") == 0
