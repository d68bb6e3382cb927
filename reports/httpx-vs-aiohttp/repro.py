"""Passes over the pool and assignments per request, many at once beside one after the other: 2 and 1 are enough."""

import asyncio
import collections
import multiprocessing
import sys

import httpcore
import httpx

N = 512  # requests at once
CONNECTIONS = 100
calls = collections.Counter()


def serve(pipe, delay_s):
    accepted = []

    async def answer(reader, writer):
        accepted.append(writer)
        while line := await reader.readline():
            if line == b"\r\n":  # the end of a request
                await asyncio.sleep(delay_s)
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nx-accepted: %d\r\n\r\nbody" % len(accepted))
        writer.close()

    async def main():
        server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=4096)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


def start_origin(delay_s=0.0):
    here, there = multiprocessing.Pipe()
    multiprocessing.Process(target=serve, args=(there, delay_s), daemon=True).start()
    return f"http://127.0.0.1:{here.recv()}/"


def count(owner, name):
    original = getattr(owner, name)
    setattr(owner, name, lambda *args: (calls.update((name,)), original(*args))[1])


async def load(url, rounds, at_once):
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    async with httpx.AsyncClient(timeout=None, trust_env=False, limits=limits) as client:
        await asyncio.gather(*(client.get(url) for _ in range(at_once)))  # opens the connections
        calls.clear()
        for _ in range(rounds):
            await asyncio.gather(*(client.get(url) for _ in range(at_once)))
        return [number / (rounds * at_once) for _, number in sorted(calls.items())]


if __name__ == "__main__":
    count(httpcore.AsyncConnectionPool, "_assign_requests_to_connections")
    count(httpcore.AsyncHTTPConnection, "handle_async_request")
    url = start_origin()
    passes, assigned = asyncio.run(load(url, 2, N))
    passes_alone, assigned_alone = asyncio.run(load(url, 50, 1))
    print(f"{N} at once:          {passes:5.2f} passes, {assigned:5.2f} assignments per request")
    print(f"one after the other:  {passes_alone:5.2f} passes, {assigned_alone:5.2f} assignments per request")
    sys.exit(0 if passes > 1.25 * passes_alone else 1)
