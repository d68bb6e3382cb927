"""pycurl: libcurl's easy interface, one handle for each thread.

Opaque: libcurl does the work in C while the thread waits outside the interpreter, so it is measured from outside only. A
handle serves one request at a time and keeps its own connections; threads share none.
"""

import threading
from typing import Any, ClassVar

from clientprof.clients.adapter import Answer, ClientOptions, Feature, Reading, Request, Sending, SyncAdapter
from clientprof.clients.observed.blocking_boundaries import BLOCKING_BOUNDARIES
from clientprof.model.layers import Layer


class _Client:
    """The handles of all threads, made when each asks first."""

    def __init__(self, options: ClientOptions) -> None:
        self.options = options
        self.handles: list[Any] = []
        self._own = threading.local()

    def handle(self) -> Any:
        """The calling thread's handle; its options are those of a new one, its connections are kept."""
        import pycurl

        handle = getattr(self._own, "handle", None)
        if handle is None:
            handle = self._own.handle = pycurl.Curl()
            self.handles.append(handle)
        handle.reset()
        return handle


class PycurlAdapter(SyncAdapter):
    name = "pycurl"
    package = "pycurl"
    known_versions = "pycurl 7.49 (from 7.45)"
    packages = ()
    features = frozenset({Feature.STREAMED, Feature.UPLOAD_STREAM, Feature.MULTIPART, Feature.REUSE})
    boundaries = BLOCKING_BOUNDARIES
    marks = ()
    counters = ()
    module_layers: ClassVar[dict[str, Layer]] = {"pycurl": Layer.API}
    opaque = True

    def build(self, options: ClientOptions) -> Any:
        return _Client(options)

    def fetch(self, client: Any, request: Request) -> Answer:
        import pycurl

        handle, options = client.handle(), client.options
        headers: dict[str, str] = {}
        pieces: list[bytes] = []
        size = 0

        def on_header(line: bytes) -> None:
            name, colon, value = line.decode("latin-1").partition(":")
            if colon:
                headers[name.lower()] = value.strip()
            elif name.startswith("HTTP/"):
                # Another answer begins: what was before it was a redirect or an interim one.
                headers.clear()

        def on_body(piece: bytes) -> None:
            nonlocal size
            size += len(piece)
            if request.keep or request.reading is Reading.WHOLE:
                pieces.append(piece)

        handle.setopt(pycurl.URL, request.url)
        # A signal of libcurl's own would end name look-ups of other threads.
        handle.setopt(pycurl.NOSIGNAL, 1)
        handle.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
        handle.setopt(pycurl.ACCEPT_ENCODING, "")
        handle.setopt(pycurl.FOLLOWLOCATION, options.redirects)
        handle.setopt(pycurl.HEADERFUNCTION, on_header)
        handle.setopt(pycurl.WRITEFUNCTION, on_body)
        if options.timeout_s is not None:
            handle.setopt(pycurl.TIMEOUT_MS, round(options.timeout_s * 1000))
        if options.ca_file is not None:
            handle.setopt(pycurl.CAINFO, options.ca_file)
        _send(handle, request)
        handle.perform()
        body = b"".join(pieces) if pieces or request.keep or request.reading is Reading.WHOLE else None
        return Answer(handle.getinfo(pycurl.RESPONSE_CODE), size, headers, body)

    def close(self, client: Any) -> None:
        for handle in client.handles:
            handle.close()

    def module_version(self) -> str:
        import pycurl

        # "PycURL/7.45.3 libcurl/8.5.0 ..."
        return str(pycurl.version).partition(" ")[0].partition("/")[2].strip('"')


def _send(handle: Any, request: Request) -> None:
    import pycurl

    body = request.body
    if body is None:
        if request.method != "GET":
            handle.setopt(pycurl.CUSTOMREQUEST, request.method)
        return
    if request.sending is Sending.BYTES:
        handle.setopt(pycurl.POSTFIELDS, body)
    elif request.sending is Sending.STREAM:
        source = _Pieces(iter(request.pieces()))
        handle.setopt(pycurl.POST, 1)
        handle.setopt(pycurl.READFUNCTION, source.read)
        # Waiting for a leave to send that no origin here gives would cost a second.
        handle.setopt(pycurl.HTTPHEADER, ["Transfer-Encoding: chunked", "Expect:"])
    else:
        _send_form(handle, body)
    handle.setopt(pycurl.CUSTOMREQUEST, request.method)


def _send_form(handle: Any, body: bytes) -> None:
    import pycurl

    if not hasattr(pycurl, "CurlMime"):
        part = (pycurl.FORM_BUFFER, "body.bin", pycurl.FORM_BUFFERPTR, body)
        handle.setopt(pycurl.HTTPPOST, [("file", part)])
        return
    form = pycurl.CurlMime(handle)
    field = form.addpart()
    field.name("file")
    field.filename("body.bin")
    field.data(body)
    handle.setopt(pycurl.MIMEPOST, form)


class _Pieces:
    """Pieces of any size, read in portions of at most the size that libcurl asks for."""

    def __init__(self, pieces: Any) -> None:
        self._pieces = pieces
        self._left = b""

    def read(self, size_bytes: int) -> bytes:
        if not self._left:
            self._left = next(self._pieces, b"")
        portion, self._left = self._left[:size_bytes], self._left[size_bytes:]
        return portion
