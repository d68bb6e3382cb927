"""Calls of one function per request, many in flight beside one after the other; resumed coroutines count again."""

import asyncio
import cProfile
import multiprocessing
import socket
import sys

import httpx2 as httpx

N, REQUESTS, DELAY_S = 512, 512, 0.0  # in flight, in all, and seconds that the server takes
FUNCTION, FILE, CALLS = "AsyncHTTP11Connection.is_closed", "httpcore2/_async/http11.py", 2048.0  # per request
CONNECTIONS, KEEP_ALIVE = 512, 512  # at most
get = httpx.AsyncClient.get

def new_client():
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=KEEP_ALIVE)
    return httpx.AsyncClient(timeout=None, trust_env=False, limits=limits)

def serve(listening, delay_s):
    accepted = []

    async def answer(reader, writer):
        accepted.append(writer)
        while line := await reader.readline():
            if line == b"\r\n":  # the end of a request
                await asyncio.sleep(delay_s)
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nx-accepted: %d\r\n\r\nbody" % len(accepted))
        writer.close()

    loop = asyncio.new_event_loop()
    loop.run_until_complete(asyncio.start_server(answer, sock=listening, backlog=4096))
    loop.run_forever()

def start_origin(delay_s=0.0):
    listening = socket.create_server(("127.0.0.1", 0))
    multiprocessing.Process(target=serve, args=(listening, delay_s), daemon=True).start()
    return f"http://127.0.0.1:{listening.getsockname()[1]}/"

async def user(client, url, left):
    for _ in left:
        await get(client, url)

async def load(url, requests, at_once):
    async with new_client() as client:
        for profile in (cProfile.Profile(), cProfile.Profile()):  # the first time opens the connections
            left = iter(range(requests))
            with profile:
                await asyncio.gather(*(user(client, url, left) for _ in range(at_once)))
    named = [e for e in profile.getstats() if not isinstance(e.code, str) and e.code.co_qualname == FUNCTION]
    return sum(e.callcount for e in named if e.code.co_filename.replace("\\", "/").endswith(FILE)) / requests

if __name__ == "__main__":
    url = start_origin(DELAY_S)
    calls, alone = asyncio.run(load(url, REQUESTS, N)), asyncio.run(load(url, 50, 1))
    print(f"{FUNCTION}, {N} in flight: {calls:.1f} calls per request; the recording has {CALLS:.1f}")
    print(f"{FUNCTION}, one after the other: {alone:.1f} calls per request")
    sys.exit(0 if 0.75 <= calls / CALLS <= 4 / 3 else f"{calls:.1f} calls are not 0.75 to 1.33 times {CALLS:.1f}")
