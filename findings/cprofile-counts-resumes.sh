#!/usr/bin/env bash
# cProfile of CPython: a coroutine that is called once and waits ten times counts as eleven calls; yappi 1.7.6 counts one.
#
# cProfile counts each time the interpreter enters a frame, so every resumption of a coroutine is a call, and "primitive
# calls" are the same. "Calls per request" then grows with the number of times a request has to wait, and two runs of the
# same program differ by how the network cut the bytes. yappi counts calls. Both write the figure as ncalls.
#
# Seen (CPython 3.11 and 3.13): one call with ten waits: cProfile 11, yappi 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q yappi==1.7.6
"$folder/venv/bin/python" - <<'EOF'
import asyncio
import cProfile
import pstats
import yappi


async def waits():
    for _ in range(10):
        await asyncio.sleep(0)


profile = cProfile.Profile()
profile.enable()
asyncio.run(waits())
profile.disable()
by_cprofile = next(row[1] for place, row in pstats.Stats(profile).stats.items() if place[2] == "waits")

yappi.start(builtins=False)
asyncio.run(waits())
yappi.stop()
by_yappi = next(row.ncall for row in yappi.get_func_stats() if row.name == "waits")
print(f"one call, ten waits: cProfile {by_cprofile}, yappi {by_yappi}")
assert (by_cprofile, by_yappi) == (11, 1)
EOF
