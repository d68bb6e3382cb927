"""A package that is not installed is imported again for every request; a stand-in for it takes that cost away."""

import asyncio
import sys
import time
import types

import httpx

from origin import start_origin

N = 256  # requests at once
ROUNDS = 4  # of each kind, in turn
MISSING = "sniffio"
STAND_IN = types.SimpleNamespace(current_async_library=lambda: "asyncio")


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
