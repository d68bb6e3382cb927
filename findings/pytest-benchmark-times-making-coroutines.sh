#!/usr/bin/env bash
# pytest-benchmark 5.3.1: `await benchmark(fetch)` of a coroutine function passes, has the right answer, and times next
# to nothing.
#
# The fixture calls what it is given and times the call. Calling a coroutine function makes a coroutine and runs none of
# it. The thousands that are made for the measurement are dropped; the one that is handed back is awaited by the test,
# so assertions about the answer hold. The figure is that of making a coroutine, whatever the function does, and so is
# any comparison of two clients. Python's warning "was never awaited" is a line among pytest's other warnings; nothing
# fails.
#
# Seen: a function that waits for 50 ms: the test passes, its answer is right, the median is 0.3 to 1.5 us.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pytest==9.2.0 pytest-benchmark==5.3.1 pytest-asyncio==1.5.0
cat > "$folder/test_fetch.py" <<'EOF'
import asyncio

import pytest


async def fetch():
    await asyncio.sleep(0.05)
    return 200


@pytest.mark.asyncio
async def test_fetch(benchmark):
    assert await benchmark(fetch) == 200
EOF
cd "$folder"
venv/bin/python -m pytest -q -p no:cacheprovider -o asyncio_default_fixture_loop_scope=function \
  --benchmark-json=seen.json test_fetch.py > said.txt 2> /dev/null
venv/bin/python - <<'EOF'
import json

[row] = json.load(open("seen.json"))["benchmarks"]
said = open("said.txt").read()
print(f"waits for 50 ms, median {row['stats']['median'] * 1e6:.2f} us over {row['stats']['rounds']} rounds;", said.splitlines()[-1])
assert row["stats"]["median"] < 50e-6
assert row["stats"]["rounds"] > 100
assert "1 passed" in said and "was never awaited" in said
EOF
