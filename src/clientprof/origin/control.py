"""The parent's line to the server: commands on standard input, one JSON line each on standard output."""

import json
import os
import threading
from collections.abc import Callable

from clientprof.origin.site import Site

_COMMANDS = "journal, mark, connections, hold, release and stop"


def send(message: dict[str, object]) -> None:
    """Write one JSON line to standard output.

    Raises:
        OSError: nobody reads it any more.
    """
    line = json.dumps(message).encode() + b"\n"
    while line:
        line = line[os.write(1, line) :]


class Control:
    """Reads commands in a thread of its own, which costs nothing while none arrives; they run in the loop's."""

    def __init__(self, site: Site, stop: Callable[[], None]) -> None:
        self._site = site
        self._stop = stop

    def start(self) -> None:
        """Listen until standard input ends; then the parent is gone, and the server stops."""
        threading.Thread(target=self._read, name="control", daemon=True).start()

    def _read(self) -> None:
        pending = b""
        try:
            # os.read, not sys.stdin: a daemon thread inside a buffered reader makes the interpreter's exit abort
            while data := os.read(0, 4096):
                *lines, pending = (pending + data).split(b"\n")
                for line in lines:
                    self._site.loop.call_soon_threadsafe(self._obey, line.decode("utf-8", "replace").strip())
            self._site.loop.call_soon_threadsafe(self._stop)
        except OSError:
            self._site.loop.call_soon_threadsafe(self._stop)
        except RuntimeError:
            pass  # the loop is closed already: the server has stopped for another reason

    def _obey(self, command: str) -> None:
        try:
            if command == "journal":
                send({"journal": self._site.tally.journal().to_json()})
            elif command == "mark":
                self._site.mark()
                send({"marked": True})
            elif command == "connections":
                send({"connections": self._site.accounts()})
            elif command == "hold":
                self._site.hold()
                send({"held": True})
            elif command == "release":
                send({"released": self._site.release()})
            elif command == "stop":
                send({"stopping": True})
                self._stop()
            else:
                send({"error": f"unknown command {command[:40]!r}; there are {_COMMANDS}"})
        except OSError:
            self._stop()
