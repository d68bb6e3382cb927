"""Where the platform has no interval timer: a thread that looks at the main thread's stack."""

import threading
from collections.abc import Callable
from types import FrameType

from clientprof.probes.stack_walks import frames_of_others, no_collections

NO_TIMER = (
    "This platform has no interval timer: a thread samples instead. It waits for the interpreter to switch threads, so code "
    "that releases the lock often is over-represented."
)


def look_at_main_thread(pause_s: Callable[[], float], sample: Callable[[FrameType | None], bool]) -> Callable[[], None]:
    """Call ``sample`` with the main thread's frame after each pause, until it says False. What ends it is returned."""
    target = threading.main_thread().ident
    done = threading.Event()

    def watch() -> None:
        while not done.wait(pause_s()):
            with no_collections():
                goes_on = sample(frames_of_others().get(target or 0))
            if not goes_on:
                return

    thread = threading.Thread(target=watch, name="clientprof-sampler", daemon=True)
    thread.start()

    def stop() -> None:
        done.set()
        thread.join()

    return stop
