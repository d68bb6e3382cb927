"""Calls of one function per request, in many threads at once beside one thread."""

import concurrent.futures
import sys
import threading

from client import get, new_client
from origin import start_origin

N, DELAY_S = 16, 0.0  # threads, each with a request at a time; seconds that the server takes
FUNCTION, FILE, CALLS = "HTTPConnectionPool.urlopen", "urllib3/connectionpool.py", 1.0  # per request
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
    url = start_origin(DELAY_S)
    threading.setprofile(seen)  # in threads that start from now on
    together, alone = load(url, N), load(url, 1)
    print(f"{FUNCTION}, {N} threads: {together:.1f} calls per request; the recording has {CALLS:.1f}")
    print(f"{FUNCTION}, one thread: {alone:.1f} calls per request")
    within = 0.75 <= together / CALLS <= 4 / 3
    sys.exit(0 if within else f"{together:.1f} calls are not 0.75 to 1.33 times {CALLS:.1f}")
