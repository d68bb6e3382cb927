"""Passes over the pool and assignments per request, many at once beside one after the other: 2 and 1 are enough."""

import asyncio
import multiprocessing
import socket
import sys

import httpcore
import httpx

N = 512  # requests at once
calls = []
CONNECTIONS, KEEP_ALIVE = 100, 20  # at most
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

def count(owner, name):
    original = getattr(owner, name)
    setattr(owner, name, lambda *args: (calls.append(name), original(*args))[1])

async def load(url, rounds, at_once):
    async with new_client() as client:
        await asyncio.gather(*(get(client, url) for _ in range(at_once)))  # opens the connections
        calls.clear()
        for _ in range(rounds):
            await asyncio.gather(*(get(client, url) for _ in range(at_once)))
        return [calls.count(name) / (rounds * at_once) for name in sorted(set(calls))]

if __name__ == "__main__":
    count(httpcore.AsyncConnectionPool, "_assign_requests_to_connections")
    count(httpcore.AsyncHTTPConnection, "handle_async_request")
    url = start_origin()
    passes, assigned = asyncio.run(load(url, 2, N))
    passes_alone, assigned_alone = asyncio.run(load(url, 50, 1))
    print(f"{N} at once:          {passes:5.2f} passes, {assigned:5.2f} assignments per request")
    print(f"one after the other:  {passes_alone:5.2f} passes, {assigned_alone:5.2f} assignments per request")
    sys.exit(0 if passes > 1.25 * passes_alone else 1)
