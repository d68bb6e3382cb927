"""What building a client takes, by itself and with a TLS context that is built once."""

import ssl
import sys
import time

import httpx

CLIENTS = 20


def milliseconds(build):
    build()  # imports
    started = time.process_time()
    for _ in range(CLIENTS):
        build()
    return (time.process_time() - started) * 1e3 / CLIENTS


if __name__ == "__main__":
    context = ssl.create_default_context()
    alone = milliseconds(lambda: httpx.AsyncClient())
    shared = milliseconds(lambda: httpx.AsyncClient(verify=context))
    print(f"a context for each client: {alone:8.3f} ms of CPU per client")
    print(f"one context for all:       {shared:8.3f} ms of CPU per client")
    sys.exit(0 if alone > 1.5 * shared else 1)
