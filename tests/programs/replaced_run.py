"""``replaced_run.py URL``: blocks its event loop, whose class has another ``run_until_complete``, and rests between runs.

So do libraries that let a loop run within itself, for notebooks and debuggers.
"""

import asyncio
import sys
import threading
import time
from asyncio import events
from typing import Any

import httpx

BLOCKS_S, REST_S, TIMES = 0.06, 1.0, 5


def run_until_complete(self: Any, future: Any) -> Any:
    task = asyncio.ensure_future(future, loop=self)
    thread, loop = self._thread_id, events._get_running_loop()
    self._thread_id = threading.get_ident()
    events._set_running_loop(self)
    try:
        while not task.done():
            self._run_once()
    finally:
        self._thread_id = thread
        events._set_running_loop(loop)
    return task.result()


def blocks() -> None:
    time.sleep(BLOCKS_S)


async def asks() -> None:
    async with httpx.AsyncClient() as client:
        for _ in range(TIMES):
            asking = asyncio.ensure_future(client.get(sys.argv[1]))
            await asyncio.sleep(0)
            blocks()
            await asking


loop: Any = asyncio.new_event_loop()
type(loop).run_until_complete = run_until_complete
loop.run_until_complete(asks())
time.sleep(REST_S)
loop.run_until_complete(asks())
loop.close()
