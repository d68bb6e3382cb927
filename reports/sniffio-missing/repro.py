"""A package that is not installed is imported again for every request; a stand-in for it takes that cost away."""

import asyncio
import multiprocessing
import socket
import sys
import time
import types

import httpx

N = 512  # requests at once
ROUNDS = 4  # of each kind, in turn
MISSING = "sniffio"
STAND_IN = types.SimpleNamespace(current_async_library=lambda: "asyncio")
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

class LastFinder:
    asked = 0

    def find_spec(self, name, path=None, target=None):
        LastFinder.asked += name == MISSING  # every other finder has been asked before

async def load(url):
    asked, cpu_s = [0, 0], [0.0, 0.0]  # without and with the stand-in
    async with httpx.AsyncClient(timeout=None, trust_env=False) as client:
        for number in range(2 * ROUNDS + 1):
            there = number % 2
            sys.modules.update({MISSING: STAND_IN}) if there else sys.modules.pop(MISSING, None)
            before, began_s = LastFinder.asked, time.process_time()
            await asyncio.gather(*(client.get(url) for _ in range(N)))
            if number:  # the first round opens the connections
                asked[there] += LastFinder.asked - before
                cpu_s[there] += time.process_time() - began_s
    return [a / (ROUNDS * N) for a in asked], [s * 1e6 / (ROUNDS * N) for s in cpu_s]

if __name__ == "__main__":
    sys.meta_path.append(LastFinder())
    (asked, asked_then), (cpu_us, cpu_us_then) = asyncio.run(load(start_origin()))
    print(f"{MISSING} missing:   {asked:5.1f} failed imports, {cpu_us:6.0f} microseconds of CPU each")
    print(f"with a stand-in:   {asked_then:5.1f} failed imports, {cpu_us_then:6.0f} microseconds of CPU each")
    sys.exit(0 if asked > 0.5 > asked_then and cpu_us_then < 0.97 * cpu_us else 1)
