"""Calls of one function per request, many at once beside one after the other; resumed coroutines count again."""

import asyncio
import cProfile
import multiprocessing
import sys

import httpx2 as httpx

N = 512  # requests at once
FUNCTION, FILE = "AsyncHTTP11Connection.is_closed", "httpcore2/_async/http11.py"
CALLS = 2048.0  # per request, as recorded


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


async def load(url, rounds, at_once):
    async with httpx.AsyncClient(timeout=None, trust_env=False) as client:
        await asyncio.gather(*(client.get(url) for _ in range(at_once)))  # opens the connections
        profile = cProfile.Profile()
        with profile:
            for _ in range(rounds):
                await asyncio.gather(*(client.get(url) for _ in range(at_once)))
    codes = [entry for entry in profile.getstats() if not isinstance(entry.code, str)]
    mine = [e for e in codes if e.code.co_qualname == FUNCTION and e.code.co_filename.replace("\\", "/").endswith(FILE)]
    return sum(entry.callcount for entry in mine) / (rounds * at_once)


if __name__ == "__main__":
    url = start_origin()
    calls = asyncio.run(load(url, 1, N))
    alone = asyncio.run(load(url, 50, 1))
    print(f"{FUNCTION}, {N} at once: {calls:.1f} calls per request ({CALLS:.1f} were recorded)")
    print(f"{FUNCTION}, one after the other: {alone:.1f} calls per request")
    sys.exit(0 if calls >= max(0.75 * CALLS, 0.5) else 1)
