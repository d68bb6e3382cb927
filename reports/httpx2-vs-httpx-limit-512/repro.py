"""Calls of one function per request, many at once beside one after the other; resumed coroutines count again."""

import asyncio
import cProfile
import multiprocessing
import socket
import sys

import httpx2 as httpx

N = 512  # requests at once
FUNCTION, FILE = "AsyncHTTP11Connection.is_closed", "httpcore2/_async/http11.py"
CALLS = 2048.0  # per request, as recorded
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

async def load(url, rounds, at_once):
    async with new_client() as client:
        await asyncio.gather(*(get(client, url) for _ in range(at_once)))  # opens the connections
        profile = cProfile.Profile()
        with profile:
            for _ in range(rounds):
                await asyncio.gather(*(get(client, url) for _ in range(at_once)))
    named = [e for e in profile.getstats() if not isinstance(e.code, str) and e.code.co_qualname == FUNCTION]
    mine = [entry.callcount for entry in named if entry.code.co_filename.replace("\\", "/").endswith(FILE)]
    return sum(mine) / (rounds * at_once)

if __name__ == "__main__":
    url = start_origin()
    calls = asyncio.run(load(url, 1, N))
    alone = asyncio.run(load(url, 50, 1))
    print(f"{FUNCTION}, {N} at once: {calls:.1f} calls per request ({CALLS:.1f} were recorded)")
    print(f"{FUNCTION}, one after the other: {alone:.1f} calls per request")
    sys.exit(0 if calls >= max(0.75 * CALLS, 0.5) else 1)
