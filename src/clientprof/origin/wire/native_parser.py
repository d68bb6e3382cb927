"""HTTP/1.1 requests parsed by httptools (llhttp, the parser of Node.js)."""

import httptools

from clientprof.origin.answers.request import MAX_HEAD_BYTES, MAX_REQUEST_BODY_BYTES, Intake, Request
from clientprof.origin.wire.parser import Known, RequestParser


class NativeParser(RequestParser):
    """Collects what httptools' callbacks report. Names of the ``on_`` methods are httptools' own."""

    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self._native = httptools.HttpRequestParser(self)
        self._finished: list[Request] = []
        self._in_message = False
        self._in_body = False
        self._target = b""
        self._intake: Intake | None = None
        self._hosts = 0
        self._head_bytes = 0
        self._expects = False
        self._has_body = False
        self._problem: tuple[int, str] | None = None

    def _at_boundary(self) -> bool:
        return not self._in_message and not self._dead

    def _parse(self, data: bytes) -> list[Request]:
        try:
            self._feed_native(data)
        except httptools.HttpParserError as error:
            cause = str(error.__context__ or error)  # an exception of a callback arrives wrapped
            status, text = self._problem or (400, f"not a request in HTTP/1.1: {cause}")
            self._finished.append(self._refuse(status, text))
        else:
            if self._in_message and not self._in_body:
                self._head_bytes += len(data)
                if self._head_bytes > MAX_HEAD_BYTES:
                    self._finished.append(self._refuse(431, "the request's header section is larger than 64 KiB"))
        finished, self._finished = self._finished, []
        return finished

    def _feed_native(self, data: bytes) -> None:
        while data:
            try:
                self._native.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                # RFC 9110 7.8: an Upgrade may be ignored; the native parser stops there, so a new one goes on.
                self._native = httptools.HttpRequestParser(self)
                data = data[upgrade.args[0] :]
            else:
                return

    def _fail(self, status: int, text: str) -> None:
        self._problem = (status, text)
        raise ValueError(text)

    def on_message_begin(self) -> None:
        self._in_message = True
        self._in_body = False
        self._target = b""
        self._intake = None
        self._hosts = self._head_bytes = 0
        self._expects = self._has_body = False

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name == b"host":
            self._hosts += 1
        elif name == b"expect":
            self._expects = value.lower() == b"100-continue"
        elif name == b"transfer-encoding":
            if value.lower() != b"chunked":
                self._fail(400, "of the transfer codings only chunked is understood, in HTTP/1.1")
            self._has_body = True
        elif name == b"content-length":
            if value.isdigit() and int(value[:20]) > MAX_REQUEST_BODY_BYTES:
                self._fail(413, "the request's body is larger than 64 MiB")
            self._has_body = value != b"0"

    def on_headers_complete(self) -> None:
        if self._hosts > 1 or (self._hosts == 0 and self._native.get_http_version() == "1.1"):
            self._fail(400, "a request in HTTP/1.1 has one Host header")
        if self._native.get_http_version() not in ("1.0", "1.1"):
            self._fail(400, "the request line is not: method, target, HTTP/1.0 or HTTP/1.1")
        self._in_body = True
        self.expects_continue = self._expects and self._has_body

    def on_body(self, body: bytes) -> None:
        self.expects_continue = False
        if self._intake is None:
            self._intake = Intake(self._target)
        if not self._intake.add(body):
            self._fail(413, "the request's body is larger than 64 MiB")

    def on_message_complete(self) -> None:
        native = self._native
        http10 = native.get_http_version() == "1.0"
        intake, self._intake = self._intake, None
        body, received = (b"", None) if intake is None else (intake.body(), intake.received())
        self._finished.append(
            Request(native.get_method(), self._target, native.should_keep_alive(), http10, body, received)
        )
        self._in_message = False
        self.expects_continue = False
