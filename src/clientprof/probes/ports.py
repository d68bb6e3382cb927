"""Which port of this machine each connection of a client has: what joins it to the row of the server's log."""

from typing import Any

from clientprof.probes.failures import Failures, ignore
from clientprof.recording.recorder import Recorder


class Ports:
    """Writes ``port.*``: a connection's number, and its port."""

    def __init__(self, recorder: Recorder, failures: Failures) -> None:
        self._recorder = recorder
        self._failures = failures
        self._connection = recorder.column("port.connection").append
        self._number = recorder.column("port.number").append

    def note(self, connection: int, address: Any) -> None:
        """``address`` is the socket's own, as ``getsockname`` has it; one without a port (a Unix socket's) writes no row."""
        try:
            if isinstance(address, tuple):
                self._connection(connection)
                self._number(address[1])
        except Exception as error:
            self._connection = self._number = ignore
            self._failures.remove("ports of connections", error)
            self._recorder.level("port")
