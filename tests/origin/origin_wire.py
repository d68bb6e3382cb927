"""A client without manners: raw bytes to the origin and back, for what real clients never send."""

import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from clientprof.origin.process import Journal, OriginProcess

TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Answer:
    """One response off the wire. ``headers`` in order, names in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of that name, None if absent."""
        return next((value for found, value in self.headers if found == name), None)


class Wire:
    """One connection. Every wait is bounded by ``TIMEOUT_S``."""

    def __init__(self, port: int, *, host: str = "127.0.0.1", context: ssl.SSLContext | None = None) -> None:
        plain = socket.create_connection((host, port), timeout=TIMEOUT_S)
        self.sock = plain if context is None else context.wrap_socket(plain, server_hostname="localhost")
        self._buffer = b""

    def __enter__(self) -> "Wire":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.sock.close()

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.sock.sendall(data)

    def get(self, target: str, *headers: str, version: str = "1.1") -> None:
        """Send a GET without waiting for the answer."""
        lines = [f"GET {target} HTTP/{version}", "Host: localhost", *headers, "", ""]
        self.send("\r\n".join(lines).encode())

    def ask(self, target: str, *headers: str) -> Answer:
        """GET and wait for the answer."""
        self.get(target, *headers)
        return self.answer()

    def answer(self, *, head_only: bool = False) -> Answer:
        """The next response; EOFError if the connection ends inside it."""
        head = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        headers = tuple(
            (name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in head[1:-2])
        )
        status = int(head[0].split()[1])
        found = dict(headers)
        if head_only or status in (100, 204, 304):
            body = b""
        elif "content-length" in found:
            body = self._exactly(int(found["content-length"]))
        else:
            body = b""
            while size := int(self._until(b"\r\n"), 16):
                body += self._exactly(size)
                assert self._exactly(2) == b"\r\n"
            assert self._exactly(2) == b"\r\n"
        return Answer(status, headers, body)

    def rest(self) -> bytes:
        """Everything until the server closes."""
        while self._more():
            pass
        data, self._buffer = self._buffer, b""
        return data

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            if not self._more():
                raise EOFError(self._buffer)
        data, _, self._buffer = self._buffer.partition(mark)
        return data + mark

    def _exactly(self, size_bytes: int) -> bytes:
        while len(self._buffer) < size_bytes:
            if not self._more():
                raise EOFError(self._buffer)
        data, self._buffer = self._buffer[:size_bytes], self._buffer[size_bytes:]
        return data

    def _more(self) -> bool:
        data = self.sock.recv(1 << 20)
        self._buffer += data
        return bool(data)


def settled(origin: OriginProcess) -> Journal:
    """The journal once the server has seen the connections of earlier tests close; exact counts begin here."""
    assert eventually(lambda: origin.journal().connections_open == 0)
    return origin.journal()


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether the condition comes true within the time limit; the server learns of a close a moment later."""
    limit_s = time.monotonic() + TIMEOUT_S
    while not condition():
        if time.monotonic() > limit_s:
            return False
        time.sleep(0.01)
    return True
