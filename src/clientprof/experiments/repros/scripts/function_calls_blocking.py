"""Calls of one function per request, in many threads at once beside one thread."""

import concurrent.futures
import sys
import threading

from client import get, new_client
from origin import start_origin

N = 16  # threads, each with a request at a time
FUNCTION, FILE = "HTTPConnectionPool.urlopen", "urllib3/connectionpool.py"
CALLS = 1.0  # per request, as recorded
calls = []


def seen(frame, event, _):
    if event == "call" and frame.f_code.co_qualname == FUNCTION:
        calls.append(frame.f_code.co_filename.replace("\\", "/").endswith(FILE))


def load(url, at_once):
    calls.clear()
    with new_client() as client, concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        list(pool.map(lambda _: get(client, url), range(20 * at_once)))
    return sum(calls) / (20 * at_once)


if __name__ == "__main__":
    url = start_origin()
    threading.setprofile(seen)  # in threads that start from now on
    together, alone = load(url, N), load(url, 1)
    print(f"{FUNCTION}, {N} threads: {together:.1f} calls per request ({CALLS:.1f} were recorded)")
    print(f"{FUNCTION}, one thread: {alone:.1f} calls per request")
    sys.exit(0 if together >= max(0.75 * CALLS, 0.5) else 1)
