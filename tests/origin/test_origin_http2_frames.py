"""HTTP/2 below the level of a good client: windows, cut bytes, broken frames, and header blocks against hpack's."""

from collections.abc import Iterator

import hpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientprof.origin.answers.bodies import body
from clientprof.origin.http2 import frames
from clientprof.origin.http2.frames import BrokenFrames, Code, Kind, Setting
from clientprof.origin.http2.header_blocks import Decoder, changes_table, field, status_field
from clientprof.origin.options import Options
from clientprof.origin.process import OriginProcess
from origin_wire import Wire, eventually, settled

NAMES = st.text(alphabet="abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=200).map(str.encode)
VALUES = st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), max_size=400).map(str.encode)


@pytest.fixture(scope="module")
def clear_origin(engine: str) -> Iterator[OriginProcess]:
    with OriginProcess(Options(engine=engine, http2=True)) as running:
        yield running


class Peer(Wire):
    """A client that sends the frames that it is told to."""

    def __init__(self, origin: OriginProcess, settings: dict[Setting, int] | None = None) -> None:
        super().__init__(origin.ready.port)
        self._encoder = hpack.Encoder()
        self.decoder = hpack.Decoder()
        self.send(frames.PREFACE + frames.settings(settings or {}))

    def block(self, target: str, method: str = "GET", *more: tuple[str, str]) -> bytes:
        pseudo = [(":method", method), (":scheme", "http"), (":authority", "a"), (":path", target), *more]
        return bytes(self._encoder.encode(pseudo))

    def ask_on(self, number: int, target: str) -> None:
        self.send(frames.headers(number, self.block(target), end_stream=True))

    def frame(self) -> tuple[int, int, int, bytes]:
        """Kind, flags, stream and payload of the next frame but settings and windows."""
        while True:
            size, kind, flags, number = frames.header(self._exactly(frames.HEADER_BYTES), 0)
            payload = self._exactly(size)
            if kind not in (Kind.SETTINGS, Kind.WINDOW_UPDATE):
                return kind, flags, number, payload

    def expect_end(self) -> int:
        """The error code of the GOAWAY that comes before the connection's end."""
        while True:
            kind, _, _, payload = self.frame()
            if kind == Kind.GOAWAY:
                assert self.rest() == b""
                return int.from_bytes(payload[4:8], "big")


def test_a_body_waits_for_the_streams_window_and_the_connections(clear_origin: OriginProcess) -> None:
    with Peer(clear_origin, {Setting.INITIAL_WINDOW_SIZE: 10}) as peer:
        peer.ask_on(1, "/100")
        assert peer.frame()[0] == Kind.HEADERS
        assert peer.frame() == (Kind.DATA, 0, 1, body(10))
        peer.send(frames.frame(Kind.WINDOW_UPDATE, 0, 1, frames.word(30)))
        assert peer.frame() == (Kind.DATA, 0, 1, bytes(body(40))[10:])
        peer.send(frames.settings({Setting.INITIAL_WINDOW_SIZE: 70}))
        assert peer.frame() == (Kind.DATA, frames.END_STREAM, 1, bytes(body(100))[40:])
    with Peer(clear_origin, {Setting.INITIAL_WINDOW_SIZE: frames.MAX_WINDOW}) as peer:
        peer.ask_on(1, "/64k")
        peer.frame()
        sent = b"".join(peer.frame()[3] for _ in range(4))
        assert len(sent) == frames.DEFAULT_WINDOW
        peer.send(frames.frame(Kind.WINDOW_UPDATE, 0, 0, frames.word(1)))
        assert peer.frame() == (Kind.DATA, frames.END_STREAM, 1, bytes(body(65_536))[-1:])


def test_frames_are_understood_however_the_bytes_are_cut(clear_origin: OriginProcess) -> None:
    with Peer(clear_origin) as peer:
        block = peer.block("/7", "POST", ("x", "y" * 300))
        pieces = [block[start : start + 100] for start in range(0, len(block), 100)]
        data = frames.frame(
            Kind.HEADERS, frames.PADDED | frames.PRIORITY_FIELDS, 1, b"\x03\0\0\0\0\x10" + pieces[0] + b"\0" * 3
        )
        for n, piece in enumerate(pieces[1:], 2):
            data += frames.frame(Kind.CONTINUATION, frames.END_HEADERS if n == len(pieces) else 0, 1, piece)
        data += frames.frame(Kind.DATA, frames.PADDED, 1, b"\x02hello\0\0")
        data += frames.frame(0x77, 0xFF, 1, b"unknown kinds are ignored")
        data += frames.headers(1, hpack.Encoder().encode([("trailer", "1")]), end_stream=True)
        for start in range(0, len(data), 7):
            peer.send(data[start : start + 7])
        kind, _, _, answer = peer.frame()
        assert kind == Kind.HEADERS
        found = dict(peer.decoder.decode(answer))
        assert found["x-clientprof-received"].startswith("5 2cf24dba")
        assert peer.frame() == (Kind.DATA, frames.END_STREAM, 1, body(7))


def test_a_large_header_block_is_continued(clear_origin: OriginProcess) -> None:
    with Peer(clear_origin) as peer:
        peer.ask_on(1, "/0?cookies=500&first_cookie=500000")
        kind, flags, _, block = peer.frame()
        assert (kind, flags) == (Kind.HEADERS, frames.END_STREAM)
        while not flags & frames.END_HEADERS:
            kind, flags, _, more = peer.frame()
            assert kind == Kind.CONTINUATION
            block += more
        assert sum(name == "set-cookie" for name, _ in peer.decoder.decode(block)) == 500


def test_pings_are_answered_and_100_continue_is_sent(clear_origin: OriginProcess) -> None:
    with Peer(clear_origin) as peer:
        peer.send(frames.frame(Kind.PING, 0, 0, b"12345678"))
        assert peer.frame() == (Kind.PING, frames.ACK, 0, b"12345678")
        peer.send(frames.headers(1, peer.block("/upload", "POST", ("expect", "100-continue")), end_stream=False))
        assert dict(peer.decoder.decode(peer.frame()[3])) == {":status": "100"}
        peer.send(frames.frame(Kind.DATA, frames.END_STREAM, 1, b"x"))
        assert dict(peer.decoder.decode(peer.frame()[3]))[":status"] == "200"


def test_more_than_64_mib_are_refused_and_the_rest_is_not_wanted(clear_origin: OriginProcess) -> None:
    # by hand: httpx 0.28 takes a minute to cut 64 MiB of bytes into frames, copying the rest for each
    with Peer(clear_origin) as peer:
        peer.send(frames.headers(1, peer.block("/upload", "POST"), end_stream=False))
        data = frames.frame(Kind.DATA, 0, 1, b"\0" * frames.MAX_PAYLOAD_BYTES)
        for _ in range(64):
            peer.send(data * 64)
        peer.send(data)
        assert dict(peer.decoder.decode(peer.frame()[3]))[":status"] == "413"
        assert peer.frame()[0] == Kind.DATA
        assert peer.frame() == (Kind.RST_STREAM, 0, 1, frames.word(Code.NO_ERROR))
        peer.ask_on(3, "/0")
        assert peer.frame()[2] == 3


def test_streams_beyond_the_limit_are_refused(clear_origin: OriginProcess) -> None:
    with Peer(clear_origin) as peer:
        for number in range(1, 2 * 251, 2):
            peer.ask_on(number, "/delay/60000")
        assert peer.frame() == (Kind.RST_STREAM, 0, 501, frames.word(Code.REFUSED_STREAM))


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frames.frame(Kind.DATA, 0, 1, b"x"), Code.PROTOCOL_ERROR),
        (frames.frame(Kind.HEADERS, frames.END_HEADERS, 2, b"\x82\x84"), Code.PROTOCOL_ERROR),
        (frames.frame(Kind.HEADERS, frames.END_HEADERS, 1, b"\xff\xff"), Code.COMPRESSION_ERROR),
        (frames.frame(Kind.HEADERS, 0, 1, b"\x82") + frames.frame(Kind.PING, 0, 0, b"8" * 8), Code.PROTOCOL_ERROR),
        (frames.frame(Kind.HEADERS, frames.END_HEADERS | frames.PADDED, 1, b"\x09\x82"), Code.PROTOCOL_ERROR),
        (frames.frame(Kind.HEADERS, frames.END_HEADERS | frames.PADDED, 1), Code.FRAME_SIZE_ERROR),
        (frames.frame(Kind.CONTINUATION, 0, 1, b""), Code.PROTOCOL_ERROR),
        (frames.frame(Kind.PUSH_PROMISE, 0, 1, b""), Code.PROTOCOL_ERROR),
        (frames.frame(Kind.SETTINGS, 0, 0, b"12345"), Code.FRAME_SIZE_ERROR),
        (frames.settings({Setting.INITIAL_WINDOW_SIZE: 2**31}), Code.FLOW_CONTROL_ERROR),
        (frames.frame(Kind.WINDOW_UPDATE, 0, 0, frames.word(0)), Code.PROTOCOL_ERROR),
        (frames.frame(Kind.WINDOW_UPDATE, 0, 0, b"1"), Code.FRAME_SIZE_ERROR),
        (frames.frame(Kind.WINDOW_UPDATE, 0, 0, frames.word(2**31 - 1)), Code.FLOW_CONTROL_ERROR),
        (b"\xff\xff\xff" + b"\0" * 6, Code.FRAME_SIZE_ERROR),
    ],
)
def test_what_breaks_the_protocol_ends_the_connection_with_its_code(
    clear_origin: OriginProcess, sent: bytes, code: Code
) -> None:
    before = settled(clear_origin)
    with Peer(clear_origin) as peer:
        peer.send(sent)
        assert peer.expect_end() == code
    assert eventually(lambda: clear_origin.journal().since(before).closes == {"error": 1})
    assert clear_origin.journal().since(before).malformed_connections == 1


@given(st.integers(200, 599), st.lists(st.tuples(NAMES, VALUES), max_size=8))
def test_what_is_encoded_here_hpack_decodes(status: int, fields: list[tuple[bytes, bytes]]) -> None:
    block = status_field(status) + b"".join(field(name, value) for name, value in fields)
    decoded = hpack.Decoder().decode(block, raw=True)
    assert [tuple(pair) for pair in decoded] == [(b":status", b"%d" % status), *fields]
    assert not changes_table(block)


@given(st.lists(st.lists(st.tuples(NAMES, VALUES, st.booleans()), max_size=4), max_size=12), st.data())
def test_remembered_blocks_mean_what_they_meant_to_hpack(
    requests: list[list[tuple[bytes, bytes, bool]]], data: st.DataObject
) -> None:
    encoder, ours = hpack.Encoder(), Decoder()
    for extra in requests:
        target = data.draw(st.sampled_from([b"/1k", b"/2k", b"/3k"]))
        fields = [hpack.HeaderTuple(b":method", b"GET"), hpack.HeaderTuple(b":path", target)]
        kinds = {True: hpack.NeverIndexedHeaderTuple, False: hpack.HeaderTuple}
        fields += [kinds[never](name, value) for name, value, never in extra]
        for _ in range(3):
            head = ours.decode(encoder.encode(fields, huffman=data.draw(st.booleans())))
            assert head is not None
            assert (head.method, head.target) == (b"GET", target)


def test_a_block_seen_before_is_not_decoded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder, ours = hpack.Encoder(), Decoder()
    fields = [(":method", "GET"), (":path", "/1k"), ("a", "b")]
    ours.decode(encoder.encode(fields))
    again = encoder.encode(fields)
    first = ours.decode(again)
    monkeypatch.setattr(ours._hpack, "decode", None)
    assert ours.decode(again) is first


def test_a_block_that_ends_inside_a_field_is_broken() -> None:
    with pytest.raises(BrokenFrames, match="not a header block"):
        Decoder().decode(b"\x00\x7f")
