#!/usr/bin/env bash
# gevent 26.9.0 under cProfile and yappi 1.7.6: a function that only waits is charged with all the CPU that other greenlets
# spend meanwhile.
#
# Both keep the calls under way by thread, and greenlets share one. A call that gives way stays on that stack, and what other
# greenlets compute until it goes on is added to it, by the CPU clock too. So a request that waits for its answer looks like
# the most costly function of a program that computes elsewhere. yappi has a mode for greenlets
# (set_context_backend("greenlet")) that must be asked for; cProfile has none. Tools that look at threads from outside fare no
# better: to Python the greenlets are threads, and the interpreter has one frame for all of them.
#
# Seen: one greenlet sleeps for 0.05 s, another computes for 0.3 s in ten parts: cProfile: 0.3 s in the one that sleeps;
# yappi, CPU clock: 0.3 s, for greenlets 0.0 s. Six threads, one frame.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q gevent==26.9.0 yappi==1.7.6
cat > "$folder/seen.py" <<'EOF'
from gevent import monkey

monkey.patch_all()

import cProfile
import pstats
import sys
import threading
import time

import gevent
import yappi


def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def computes():
    for _ in range(10):
        burn(0.03)
        gevent.sleep(0)


def waits():
    gevent.sleep(0.05)


def work():
    gevent.joinall([gevent.spawn(waits), gevent.spawn(computes)])


def by_cprofile():
    profile = cProfile.Profile()
    profile.enable()
    work()
    profile.disable()
    return {name: cumulative for (_, _, name), (_, _, _, cumulative, _) in pstats.Stats(profile).stats.items()}


def by_yappi():
    yappi.set_clock_type("cpu")
    yappi.start()
    work()
    yappi.stop()
    return {row.name: row.ttot for row in yappi.get_func_stats()}


def frames():
    threads = [threading.Thread(target=time.sleep, args=(0.3,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    return {"threads": threading.active_count(), "frames": len(sys._current_frames())}


what = sys.argv[1]
if what == "greenlet":
    yappi.set_context_backend("greenlet")
if what == "frames":
    print(*frames().values())
else:
    print(round(by_cprofile()["waits"] if what == "cprofile" else by_yappi()["waits"], 1))
EOF
for what in cprofile thread greenlet frames; do
  declare "$what=$("$folder/venv/bin/python" "$folder/seen.py" "$what")"
done
echo "seconds in what only waits: cProfile $cprofile, yappi $thread, yappi for greenlets $greenlet; threads and frames: $frames"
[[ "$cprofile" =~ ^0\.[3-9]$ && "$thread" =~ ^0\.[3-9]$ && "$greenlet" = "0.0" && "$frames" = "6 1" ]]
