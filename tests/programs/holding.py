"""What holds the thread of a loop, with the seconds that it took by the program's own clock."""

import hashlib
import threading
import time


class Holding:
    """``held_s`` adds up. Each way is a method, whose name a test looks for."""

    def __init__(self) -> None:
        self.held_s = 0.0
        self._lock = threading.Lock()

    def waits_in_the_thread(self) -> None:
        began = time.perf_counter()
        time.sleep(0.03)
        self.held_s += time.perf_counter() - began

    def parses(self, body: bytes) -> str:
        began = time.perf_counter()
        until = began + 0.04
        digest = b""
        while time.perf_counter() < until:
            digest = hashlib.sha256(body + digest).digest()
        self.held_s += time.perf_counter() - began
        return digest.hex()

    def keeps_the_lock(self) -> threading.Thread:
        """A thread that keeps the lock for a while from soon on."""

        def keeps() -> None:
            with self._lock:
                time.sleep(0.03)

        other = threading.Thread(target=keeps)
        other.start()
        return other

    def is_kept_by(self, other: threading.Thread) -> bool:
        """Whether the thread has the lock, or has had it: on a busy machine it may have come and gone."""
        return self._lock.locked() or not other.is_alive()

    def takes_the_lock(self) -> None:
        began = time.perf_counter()
        with self._lock:
            pass
        self.held_s += time.perf_counter() - began
