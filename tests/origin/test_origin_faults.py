"""Faults do what they promise, and the server lives on."""

import time

import pytest

from clientprof.origin.answers.bodies import body
from clientprof.origin.process import OriginProcess
from origin_wire import Wire, eventually, settled


def test_reset_sends_rst_instead_of_an_answer(origin: OriginProcess) -> None:
    before = settled(origin)
    with Wire(origin.ready.port) as wire:
        wire.get("/fault/reset")
        with pytest.raises(ConnectionResetError):
            wire.rest()
    assert eventually(lambda: origin.journal().since(before).closes == {"fault": 1})
    caused = origin.journal().since(before)
    assert (caused.requests, caused.responses, caused.faulted, caused.in_flight) == (1, 0, 1, 0)


def test_truncate_declares_the_whole_and_sends_half(origin: OriginProcess) -> None:
    with Wire(origin.ready.port) as wire:
        wire.get("/fault/truncate/10k")
        head, _, sent = wire.rest().partition(b"\r\n\r\n")
    assert b"Content-Length: 10240" in head
    assert sent == bytes(body(5120))


def test_stall_pauses_in_the_middle_of_the_body_and_then_finishes_it(origin: OriginProcess) -> None:
    before = settled(origin)
    with Wire(origin.ready.port) as wire:
        wire.get("/fault/stall/80")
        wire.get("/3")
        begun_s = time.monotonic()
        assert wire.answer().body == body(1024)
        assert time.monotonic() - begun_s >= 0.05
        assert len(wire.answer().body) == 3
    caused = origin.journal().since(before)
    assert (caused.responses, caused.faulted) == (2, 0)


def test_a_client_that_leaves_during_a_stall_is_forgotten(origin: OriginProcess) -> None:
    before = settled(origin)
    with Wire(origin.ready.port) as wire:
        wire.get("/fault/stall/60000")
        assert wire.sock.recv(10)
    assert eventually(lambda: origin.journal().since(before).closes == {"client": 1})
    origin.journal().self_check()


def test_garbage_is_not_http(origin: OriginProcess) -> None:
    with Wire(origin.ready.port) as wire:
        wire.get("/fault/garbage")
        raw = wire.rest()
    assert raw
    assert not raw.startswith(b"HTTP/")


def test_the_server_answers_after_every_fault(origin: OriginProcess) -> None:
    for target in ("/fault/reset", "/fault/truncate/1k", "/fault/garbage", "/fault/stall/60000"):
        with Wire(origin.ready.port) as wire:
            wire.get(target)
    with Wire(origin.ready.port) as wire:
        assert wire.ask("/1k").status == 200
