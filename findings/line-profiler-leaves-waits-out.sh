#!/usr/bin/env bash
# line_profiler 5.1.0: a line that waits for 200 ms takes 200 ms if it blocks and about 0.1 ms if it awaits.
#
# The clock of a line stops where its function is left, and an await leaves it. "Total time" is then that of the lines
# without their waits, not what the caller waited for, though it is wall time of a function that blocks. So the line
# with the request leads the table in a program with requests, and vanishes from it once the program moves to an
# asynchronous client and waits as long as before. What remains there is the client's own work, which is the CPU of the
# call up to its first wait.
#
# Seen: time.sleep(0.2): 200 ms, 100 % of the function; await asyncio.sleep(0.2): 0.1 ms of a function that took 200 ms.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q line_profiler==5.1.0
cat > "$folder/waits.py" <<'EOF'
import asyncio
import time

from line_profiler import LineProfiler

profiler = LineProfiler()


@profiler
def blocks():
    time.sleep(0.2)


@profiler
async def awaits():
    await asyncio.sleep(0.2)


began = time.perf_counter()
asyncio.run(awaits())
took_s = time.perf_counter() - began
blocks()
stats = profiler.get_stats()
seen_s = {name: sum(time for _, _, time in lines) * stats.unit for (_, _, name), lines in stats.timings.items()}
seen_s = {name.rpartition(".")[2]: seconds for name, seconds in seen_s.items()}
print({name: f"{seconds * 1e3:.1f} ms" for name, seconds in seen_s.items()}, f"; awaiting took {took_s * 1e3:.0f} ms")
assert took_s > 0.2
assert seen_s["blocks"] > 0.19
assert seen_s["awaits"] < 0.05
EOF
"$folder/venv/bin/python" "$folder/waits.py"
