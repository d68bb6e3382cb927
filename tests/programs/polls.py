"""``polls.py asyncio|uvloop``: polls a server of its own with two clients, on a loop and in a thread, until a line comes on
standard input. Says then whether its loop, its client's connection and the classes below are as before."""

import asyncio
import http.client
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import requests

PAUSE_S = 0.02


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_words: object) -> None: ...


server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
server.daemon_threads = True
URL = f"http://127.0.0.1:{server.server_address[1]}/"
over = threading.Event()


def poll_in_thread() -> None:
    with requests.Session() as session:
        while not over.wait(PAUSE_S):
            session.get(URL)


async def poll(client: httpx.AsyncClient) -> None:
    while not over.is_set():
        await client.get(URL)
        await asyncio.sleep(PAUSE_S)


def parts() -> list[object]:
    """What there is of whatever a profiler may change."""
    loop = asyncio.get_running_loop()
    owners = (httpx.AsyncClient, requests.Session, http.client.HTTPConnection, asyncio.Handle, signal)
    found: list[object] = [dict(vars(owner)) for owner in owners]
    return [*found, type(loop), sorted(vars(loop)), type(getattr(loop, "_selector", None)), list(sys.meta_path)]


async def main() -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        await client.get(URL)
        before = parts()
        polling = asyncio.create_task(poll(client))
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        over.set()
        await polling
        print("as before" if parts() == before else "changed", flush=True)


threading.Thread(target=server.serve_forever, daemon=True).start()
thread = threading.Thread(target=poll_in_thread)
thread.start()
if sys.argv[1] == "uvloop":
    import uvloop

    uvloop.run(main())
else:
    asyncio.run(main())
thread.join()
server.shutdown()
