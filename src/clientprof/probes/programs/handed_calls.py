"""Calls of clients that are handed to a thread as they are: ``executor.map(session.get, urls)``, ``asyncio.to_thread(...)``.

No frame of the program stands above such a call in its thread: its call site is the line that handed it over.
"""

import functools
import sys
from typing import Any

from clientprof.probes.failures import Failures
from clientprof.probes.patches import Patches
from clientprof.probes.programs.quiet_wrappers import unseen
from clientprof.probes.programs.sites import Sites

_NAME = "call sites of calls handed to threads"


def install_handed_calls(sites: Sites, patches: Patches, failures: Failures) -> None:
    """Have ``concurrent.futures`` tell what is handed to its threads; asyncio's own go through it too."""
    from concurrent.futures.thread import ThreadPoolExecutor

    original: Any = ThreadPoolExecutor.submit

    @functools.wraps(original)
    def submit(self: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        if not failures.removed(_NAME):
            try:
                sites.call_handed(fn, sys._getframe(1))
            except Exception as error:
                failures.remove(_NAME, error)
        try:
            return original(self, fn, *args, **kwargs)
        except BaseException as error:
            unseen(error)
            raise

    patches.set(ThreadPoolExecutor, "submit", submit)
