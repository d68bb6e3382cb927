"""CPU of TLS, told apart: on a clock of the test's own, by stand-ins that let it run."""

import ssl
from typing import Any

import pytest

from clientprof.model.costs.tls_costs import TlsWork
from clientprof.probes import tls_work
from clientprof.probes.exchange import EXCHANGE
from clientprof.probes.failures import Failures
from clientprof.probes.patches import Patches
from clientprof.probes.tls_work import TlsWorkProbe
from clientprof.recording.recorder import Recorder
from failing_recorder import FailingRecorder
from memory_handshake import AUTHORITY


class Clock:
    def __init__(self) -> None:
        self.now_ns = 0

    def __call__(self) -> int:
        return self.now_ns


class Adapter:
    """Its clients make a context in 100 ns of their own and load a store of 40."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def build(self, options: Any) -> ssl.SSLContext:
        self.clock.now_ns += 100
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=AUTHORITY.cert_pem.bytes().decode())
        return context


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    load = ssl.SSLContext.load_verify_locations

    def loaded(*args: Any, **kwargs: Any) -> None:
        clock.now_ns += 40
        load(*args, **kwargs)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", loaded)
    monkeypatch.setattr(tls_work, "thread_time_ns", clock)
    return clock


def rows(recorder: Recorder) -> list[tuple[TlsWork, int, int]]:
    found = recorder.columns()
    return [
        (TlsWork(k), c, r) for k, c, r in zip(found["tls.kind"], found["tls.cpu_ns"], found["tls.round"], strict=True)
    ]


def test_what_lies_inside_another_is_taken_out_of_it(clock: Clock) -> None:
    recorder, patches, adapter = Recorder(), Patches(), Adapter(clock)
    probe = TlsWorkProbe(recorder, patches, Failures())
    probe.install(adapter)
    try:
        adapter.build(None)
        probe.end_round()
        adapter.build(None)
    finally:
        patches.restore()
    one = [(TlsWork.CONTEXT, 0), (TlsWork.STORE, 40), (TlsWork.CLIENT, 100)]
    assert rows(recorder) == [(*row, number) for number in (0, 1) for row in one]
    assert adapter.build.__name__ == "build"


def test_a_handshake_has_a_row_a_step_and_its_exchange_and_says_when_it_is_done() -> None:
    recorder, patches, adapter = Recorder(), Patches(), Adapter(Clock())
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("localhost").configure_cert(server)
    probe = TlsWorkProbe(recorder, patches, Failures())
    probe.install(adapter)
    token = EXCHANGE.set(7)
    try:
        context = adapter.build(None)
        up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
        ends = [context.wrap_bio(down, up, server_hostname="localhost"), server.wrap_bio(up, down, server_side=True)]
        waiting = list(ends)
        while waiting:
            for end in list(waiting):
                try:
                    end.do_handshake()
                    waiting.remove(end)
                except ssl.SSLWantReadError:
                    pass
    finally:
        EXCHANGE.reset(token)
        patches.restore()
    found = recorder.columns()
    shaken = [n for n, kind in enumerate(found["tls.kind"]) if kind == TlsWork.HANDSHAKE]
    assert sum(found["tls.done"][n] == 1 for n in shaken) == 2  # of both ends
    assert len(shaken) > 2
    assert set(found["tls.exchange"]) == {7}
    assert list(found["tls.kind"]).count(TlsWork.WRAP) == 2


def test_a_probe_that_fails_is_taken_out_and_the_client_goes_on() -> None:
    failures, patches, adapter = Failures(), Patches(), Adapter(Clock())
    TlsWorkProbe(FailingRecorder("tls.kind", 1), patches, failures).install(adapter)
    try:
        assert isinstance(adapter.build(None), ssl.SSLContext)
    finally:
        patches.restore()
    assert failures.removed("TLS costs")
