#!/usr/bin/env bash
# aiodebug 2.3.0: log_slow_callbacks under uvloop 0.23.0 finds no slow callback, whatever holds the loop, and does not
# say why.
#
# It replaces the method of asyncio's Handle that runs a callback. uvloop runs callbacks by handles of its own, so
# enabling it succeeds and nothing is ever logged: a service that moves to uvloop looks as if its slow callbacks had
# gone. The debug mode of asyncio is another matter: uvloop has its own, which warns.
#
# Seen, a task that holds the loop for 200 ms, threshold 50 ms: asyncio 1 warning, uvloop 0; by debug mode 1 and 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q aiodebug==2.3.0 uvloop==0.23.0
cat > "$folder/hold.py" <<'EOF'
import asyncio
import logging
import sys
import time

import uvloop

kind, how = sys.argv[1:]
warnings = []


class Note(logging.Handler):
    def emit(self, record):
        warnings.append(record)


logging.getLogger().addHandler(Note(logging.WARNING))
if how == "aiodebug":
    from aiodebug import log_slow_callbacks

    log_slow_callbacks.enable(0.05)


async def hold():
    asyncio.get_running_loop().slow_callback_duration = 0.05
    await asyncio.sleep(0.01)
    time.sleep(0.2)
    await asyncio.sleep(0.01)


factory = uvloop.new_event_loop if kind == "uvloop" else asyncio.new_event_loop
with asyncio.Runner(debug=how == "debug", loop_factory=factory) as runner:
    runner.run(hold())
print(len(warnings))
EOF
for how in aiodebug debug; do
  for kind in asyncio uvloop; do
    declare "${how}_$kind=$("$folder/venv/bin/python" "$folder/hold.py" $kind $how)"
  done
done
echo "aiodebug: asyncio $aiodebug_asyncio, uvloop $aiodebug_uvloop; debug mode: asyncio $debug_asyncio, uvloop $debug_uvloop"
[ "$aiodebug_asyncio $aiodebug_uvloop $debug_asyncio $debug_uvloop" = "1 0 1 1" ]
