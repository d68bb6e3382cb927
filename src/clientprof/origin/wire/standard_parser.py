"""HTTP/1.1 requests parsed with the standard library alone, for where httptools is not installed.

Grammar: RFC 9112 (sections 3 request line, 5 fields, 6 body length, 7.1 chunked). Strict where leniency would let two
parties disagree on where a request ends: bare LF, folded fields, two lengths.
"""

import re
from dataclasses import replace

from clientprof.origin.answers.request import MAX_HEAD_BYTES, MAX_REQUEST_BODY_BYTES, Intake, Request
from clientprof.origin.wire.parser import Known, RequestParser

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # RFC 9110 5.6.2
_REQUEST_LINE = re.compile(rb"(" + _TOKEN + rb") ([\x21-\xff]+) HTTP/1\.([01])")
_FIELD = re.compile(rb"(" + _TOKEN + rb"):[ \t]*([^\x00\r\n]*?)[ \t]*")
_CHUNK_SIZE = re.compile(rb"([0-9a-fA-F]{1,8})(?:[ \t]*;[^\r\n]*)?")
_MAX_CHUNK_LINE_BYTES = 1024


class _BrokenError(Exception):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class StandardParser(RequestParser):
    """A buffer and three questions: is the head complete, how long is the body, is the body complete?"""

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._buffer = bytearray()
        self._head: Request | None = None  # parsed head whose body is awaited
        self._intake: Intake | None = None
        self._left_bytes: int | None = None  # of the body, or of the chunk at hand; None: a chunk's size line is next
        self._chunked = self._in_trailer = False

    def _at_boundary(self) -> bool:
        return not self._buffer and self._head is None and not self._dead

    def _parse(self, data: bytes) -> list[Request]:
        self._buffer += data
        requests: list[Request] = []
        try:
            while (request := self._next()) is not None:
                requests.append(request)
        except _BrokenError as broken:
            requests.append(self._refuse(broken.status, broken.text))
            self._buffer.clear()
        return requests

    def _next(self) -> Request | None:
        if self._head is None and not self._read_head():
            return None
        if not (self._read_chunks() if self._chunked else self._read_length()) or self._head is None:
            return None
        head, self._head = self._head, None
        intake, self._intake = self._intake, None
        self.expects_continue = False
        if intake is None:
            return head
        return replace(head, body=intake.body(), received=intake.received())

    def _read_head(self) -> bool:
        buffer = self._buffer
        while buffer.startswith(b"\r\n"):  # RFC 9112 2.2: ignore an empty line before the request line
            del buffer[:2]
        end = buffer.find(b"\r\n\r\n")
        if end > MAX_HEAD_BYTES or (end < 0 and len(buffer) > MAX_HEAD_BYTES):
            raise _BrokenError(431, "the request's header section is larger than 64 KiB")
        if end < 0:
            line_end = buffer.find(b"\n")
            if line_end == 0 or (line_end > 0 and buffer[line_end - 1] != 13):
                raise _BrokenError(400, "a line of the header section does not end in CRLF")
            return False
        lines = bytes(buffer[:end]).split(b"\r\n")
        del buffer[: end + 4]
        self._understand(lines)
        return True

    def _understand(self, lines: list[bytes]) -> None:
        line = _REQUEST_LINE.fullmatch(lines[0])
        if line is None:
            raise _BrokenError(400, "the request line is not: method, target, HTTP/1.0 or HTTP/1.1")
        method, target, minor = line.groups()
        http10 = minor == b"0"
        hosts = 0
        keep_alive, chunked, expects = not http10, False, False
        length: int | None = None
        for text in lines[1:]:
            match = _FIELD.fullmatch(text)
            if match is None:
                raise _BrokenError(400, "a header line is not: name, colon, value")
            name, value = match[1].lower(), match[2]
            if name == b"host":
                hosts += 1
            elif name == b"connection":
                options = [option.strip() for option in value.lower().split(b",")]
                keep_alive = b"close" not in options and (keep_alive or b"keep-alive" in options)
            elif name == b"content-length":
                if not value.isdigit() or (length is not None and length != int(value[:20])):
                    raise _BrokenError(400, "Content-Length is not one number")
                length = int(value[:20])
            elif name == b"transfer-encoding":
                if value.lower() != b"chunked" or http10:
                    raise _BrokenError(400, "of the transfer codings only chunked is understood, in HTTP/1.1")
                chunked = True
            elif name == b"expect":
                expects = value.lower() == b"100-continue"
        if hosts > 1 or (hosts == 0 and not http10):
            raise _BrokenError(400, "a request in HTTP/1.1 has one Host header")
        if chunked and length is not None:
            raise _BrokenError(400, "both Content-Length and Transfer-Encoding")
        if length is not None and length > MAX_REQUEST_BODY_BYTES:
            raise _BrokenError(413, "the request's body is larger than 64 MiB")
        self._head = Request(method, target, keep_alive, http10)
        self._intake = Intake(target) if chunked or length else None
        self._left_bytes = None if chunked else length or 0
        self._chunked, self._in_trailer = chunked, False
        self.expects_continue = expects and (chunked or bool(length)) and not self._buffer

    def _read_length(self) -> bool:
        if self._left_bytes and self._buffer and self._intake is not None:
            piece = self._buffer[: self._left_bytes]
            del self._buffer[: self._left_bytes]
            self._left_bytes -= len(piece)
            if not self._intake.add(piece):
                raise _BrokenError(413, "the request's body is larger than 64 MiB")
        return not self._left_bytes

    def _read_chunks(self) -> bool:
        buffer = self._buffer
        while True:
            if self._left_bytes is not None:
                if not self._read_length() or len(buffer) < 2:
                    return False
                if buffer[:2] != b"\r\n":
                    raise _BrokenError(400, "a chunk is not followed by CRLF")
                del buffer[:2]
                self._left_bytes = None
            end = buffer.find(b"\r\n", 0, _MAX_CHUNK_LINE_BYTES)
            if end < 0:
                if len(buffer) >= _MAX_CHUNK_LINE_BYTES:
                    raise _BrokenError(400, "a chunk's size line is longer than 1 KiB")
                return False
            if self._in_trailer:
                line = bytes(buffer[:end])
                del buffer[: end + 2]
                if not line:
                    return True
                continue
            match = _CHUNK_SIZE.fullmatch(buffer[:end])
            if match is None:
                raise _BrokenError(400, "a chunk does not begin with its size in hexadecimal digits")
            size_bytes = int(match[1], 16)
            if size_bytes > MAX_REQUEST_BODY_BYTES:
                raise _BrokenError(413, "the request's body is larger than 64 MiB")
            del buffer[: end + 2]
            if size_bytes == 0:
                self._in_trailer = True
            else:
                self._left_bytes = size_bytes
