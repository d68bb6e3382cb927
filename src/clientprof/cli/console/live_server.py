"""The live view as a page on loopback: a server in a thread of clientprof's own process, nothing in the measured one.

The address holds a secret of this run, and a request under another host's name is refused: neither another user of the
machine nor a page of another site can read it.
"""

import json
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from clientprof.model.programs.live import LiveLook
from clientprof.report.pages.live_page import live_message, live_page

_MOST_STREAMS = 8
# A stream without news is told so: whoever went away is noticed then.
_QUIET_S = 5.0
_HOSTS = ("127.0.0.1", "localhost")


class LiveServer:
    """``publish(look)`` shows it on all pages that are open; ``url`` is where. Leaving the context ends the streams."""

    def __init__(self, title: str, quiet_s: float = _QUIET_S) -> None:
        """Raises: OSError: no port of 127.0.0.1 can be had."""
        self.title = title
        self.quiet_s = quiet_s
        self.path = f"/{secrets.token_urlsafe(12)}/"
        self._news = threading.Condition()
        self._message: bytes | None = None
        self._number = 0
        self._ended = False
        self._streams = threading.BoundedSemaphore(_MOST_STREAMS)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{self.path}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._news:
            self._ended = True
            self._news.notify_all()
        self._server.shutdown()
        self._server.server_close()

    def publish(self, look: LiveLook) -> None:
        text = json.dumps(live_message(self.title, look)).encode()
        with self._news:
            self._message, self._number = text, self._number + 1
            self._news.notify_all()

    def _after(self, seen: int) -> tuple[bytes | None, int, bool]:
        """The newest message, its number and whether all is over, once there is news or nothing came for a while."""
        with self._news:
            self._news.wait_for(lambda: self._ended or self._number > seen, self.quiet_s)
            return self._message, self._number, self._ended

    def stream(self, handler: BaseHTTPRequestHandler) -> None:
        """Send what there is and what comes, until the end or until the reader is gone."""
        if not self._streams.acquire(blocking=False):
            handler.send_error(503, "as many pages are open as are served")
            return
        try:
            handler.send_response(200)
            handler.send_header("Content-Type", "text/event-stream")
            handler.send_header("Cache-Control", "no-store")
            handler.end_headers()
            seen = 0
            while True:
                message, number, ended = self._after(seen)
                if number > seen and message is not None:
                    handler.wfile.write(b"data: " + message + b"\n\n")
                elif not ended:
                    handler.wfile.write(b": nothing new\n\n")
                seen = number
                if ended:
                    handler.wfile.write(b"event: end\ndata: \n\n")
                    return
        except OSError:
            return
        finally:
            self._streams.release()


def _handler(live: LiveServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host = (self.headers.get("Host") or "").rpartition(":")[0]
            if host not in _HOSTS or not self.path.startswith(live.path):
                self.send_error(404)
            elif self.path == f"{live.path}events":
                live.stream(self)
            elif self.path == live.path:
                page = live_page(live.title).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(page)))
                self.send_header("Cache-Control", "no-store")
                self.end_headers()
                self.wfile.write(page)
            else:
                self.send_error(404)

        def log_message(self, *_args: Any) -> None:
            """The terminal is the program's."""

    return Handler
