"""A package that is not installed is imported again for every request; a stand-in for it takes that cost away."""

import asyncio
import multiprocessing
import sys
import time
import types

import httpx

N = 512  # requests at once
MISSING = "sniffio"


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


class LastFinder:
    asked = 0

    def find_spec(self, name, path=None, target=None):
        LastFinder.asked += name == MISSING  # every other finder has been asked before


async def load(url):
    async with httpx.AsyncClient(timeout=None, trust_env=False) as client:
        await asyncio.gather(*(client.get(url) for _ in range(N)))  # opens the connections
        asked, cpu_s = LastFinder.asked, time.process_time()
        for _ in range(3):
            await asyncio.gather(*(client.get(url) for _ in range(N)))
        return (LastFinder.asked - asked) / (3 * N), (time.process_time() - cpu_s) * 1e6 / (3 * N)


if __name__ == "__main__":
    sys.meta_path.append(LastFinder())
    url = start_origin()
    asked, cpu_us = asyncio.run(load(url))
    sys.modules[MISSING] = types.SimpleNamespace(current_async_library=lambda: "asyncio")
    asked_then, cpu_us_then = asyncio.run(load(url))
    print(f"{MISSING} missing:   {asked:5.1f} failed imports, {cpu_us:6.0f} us of CPU per request")
    print(f"with a stand-in:   {asked_then:5.1f} failed imports, {cpu_us_then:6.0f} us of CPU per request")
    sys.exit(0 if asked > 0.5 > asked_then and cpu_us_then < 0.97 * cpu_us else 1)
