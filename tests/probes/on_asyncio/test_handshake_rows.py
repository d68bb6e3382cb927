"""Every call of the TLS engine's handshake is a row, and the rows say how it ended."""

import ssl
from collections.abc import Iterator

import pytest

from clientprof.model.run import HandshakeStep
from clientprof.probes.on_asyncio.handshakes import install_handshake_stamps
from clientprof.probes.patches import Patches
from clientprof.recording.recorder import Recorder
from memory_handshake import client_context, server_context, shake_hands

DONE, RESUMED, UNDER_WAY, FAILED = (
    int(step) for step in (HandshakeStep.DONE, HandshakeStep.RESUMED, HandshakeStep.UNDER_WAY, HandshakeStep.FAILED)
)


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """Handshake stamps are installed for the test."""
    recorder, patches = Recorder(), Patches()
    install_handshake_stamps(recorder, patches)
    yield recorder
    patches.restore()


def outcomes(recorder: Recorder, exchange: int) -> list[int]:
    columns = recorder.columns()
    pairs = zip(columns["handshake.exchange"], columns["handshake.done"], strict=True)
    return [done for owner, done in pairs if owner == exchange]


def test_steps_under_way_come_before_the_one_that_is_done(recorder: Recorder) -> None:
    shake_hands(client_context(trusting=True), server_context())
    for exchange in (5, -1):
        *under_way, last = outcomes(recorder, exchange)
        assert set(under_way) == {UNDER_WAY}
        assert last == DONE


def test_rows_do_not_overlap_and_are_in_order(recorder: Recorder) -> None:
    shake_hands(client_context(trusting=True), server_context())
    columns = recorder.columns()
    started, ended = columns["handshake.started_ns"], columns["handshake.ended_ns"]
    assert all(begin <= end for begin, end in zip(started, ended, strict=True))
    assert all(end <= begin for end, begin in zip(ended, started[1:], strict=False))


def test_a_resumed_session_is_told_from_a_full_handshake(recorder: Recorder) -> None:
    client, server = client_context(trusting=True), server_context()
    first = shake_hands(client, server)
    second = shake_hands(client, server, first.session)
    assert second.session_reused
    ends = [done for done in outcomes(recorder, 5) if done != UNDER_WAY]
    assert ends == [DONE, RESUMED]


def test_a_refused_certificate_is_a_failed_step_and_the_error_passes(recorder: Recorder) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(client_context(trusting=False), server_context())
    assert outcomes(recorder, 5)[-1] == FAILED
    assert DONE not in outcomes(recorder, 5)
