"""Programs of threads that make few requests at once: ``waiting_threads.py FAULT URL``. Each is the function of that name.

Printed is how many calls, items or threads waited to make theirs on average, by the program's own clock.
"""

import asyncio
import queue
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

import requests

_MANY, _FEW = 160, 2


class Waited:
    """From when each waits, and until when."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.waits: list[float] = []

    def ends(self) -> None:
        self.waits.append(time.perf_counter() - self.began)

    def tell(self) -> None:
        print(sum(self.waits) / (time.perf_counter() - self.began))


def few_in_a_pool(url: str) -> None:
    def fetch(_: int) -> None:
        waited.ends()
        session.get(f"{url}?delay=50")

    session, waited = requests.Session(), Waited()
    with ThreadPoolExecutor(_FEW) as pool:
        list(pool.map(fetch, range(_MANY)))
    waited.tell()


def few_have_a_client_s_calls(url: str) -> None:
    """No function of the program stands in the pool's threads."""

    def told(done: "Future[requests.Response]") -> None:
        waited.waits.append(time.perf_counter() - waited.began - done.result().elapsed.total_seconds())

    session, waited = requests.Session(), Waited()
    with ThreadPoolExecutor(_FEW) as pool:
        for _ in range(_MANY):
            pool.submit(session.get, f"{url}?delay=50").add_done_callback(told)
    waited.tell()


def few_beside_a_loop(url: str) -> None:
    def fetch() -> None:
        waited.ends()
        session.get(f"{url}?delay=50")

    async def main() -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_FEW))
        await asyncio.gather(*(asyncio.to_thread(fetch) for _ in range(_MANY)))

    session, waited = requests.Session(), Waited()
    asyncio.run(main())
    waited.tell()


def few_take_from_a_queue(url: str) -> None:
    def takes(addresses: "queue.Queue[str]") -> None:
        with requests.Session() as session:
            while True:
                try:
                    address = addresses.get_nowait()
                except queue.Empty:
                    return
                waited.ends()
                session.get(address)

    theirs: queue.Queue[str] = queue.Queue()
    for _ in range(_MANY):
        theirs.put(f"{url}?delay=50")
    waited = Waited()
    _run([threading.Thread(target=takes, args=(theirs,)) for _ in range(_FEW)])
    waited.tell()


def few_pass_a_semaphore(url: str) -> None:
    def asks() -> None:
        with few:
            waited.ends()
            session.get(f"{url}?delay=50")

    session, few, waited = requests.Session(), threading.Semaphore(_FEW), Waited()
    _run([threading.Thread(target=asks) for _ in range(_MANY)])
    waited.tell()


def _run(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    globals()[sys.argv[1]](sys.argv[2])
