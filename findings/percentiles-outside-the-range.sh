#!/usr/bin/env bash
# statistics.quantiles of CPython and tdigest 0.5.2.2: a 99th percentile above the slowest answer, and 1st percentiles
# below zero.
#
# quantiles goes on past the ends by default. With fewer than 99 values the outer percentiles lie outside of them, on
# the line through the last two: of ten latencies whose slowest is 500 ms, the 99th is 869 ms. So a short run looks
# worse than any answer that it had, and a threshold on p99 fails that every answer keeps. With method="inclusive" they
# stay within.
#
# tdigest needs no few values for it, only equal ones, as latencies of whole milliseconds are. Equal values are kept as
# one, and it interpolates from the middle of one to the middle of the next, and back beyond the middle of the first. So
# where 99 % of a thousand answers took 10 ms and the others 1,000, it has the 95th at 911 ms and the 1st at 950 below
# zero. With the same values made different by nanoseconds it is right.
#
# Seen (CPython 3.11.7): quantiles of ten: 1st and 99th -44.4 and 869.4 ms where the values are 1 to 500; inclusive 5.6
# and 462.6. tdigest: 1st, median, 95th -950.3, 19.9, 910.9; of different values 10.0, 10.0, 10.0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q tdigest==0.5.2.2 accumulation-tree==0.6.4 pyudorandom==1.0.0
"$folder/venv/bin/python" - <<'EOF'
import statistics

from tdigest import TDigest

few_ms = [1, 52, 55, 58, 60, 61, 63, 70, 85, 500]
seen = {}
for method in ("exclusive", "inclusive"):
    cuts = statistics.quantiles(few_ms, n=100, method=method)
    seen[method] = cuts[0], cuts[98]
    print(f"{method}: of {min(few_ms)} to {max(few_ms)} ms the 1st {cuts[0]:.1f}, the 99th {cuts[98]:.1f}")
for name, apart in (("equal", 0), ("different", 1e-6)):
    digest = TDigest()
    for number in range(1000):
        digest.update((1000 if number % 100 == 50 else 10) + apart * number)
    seen[name] = [digest.percentile(percent) for percent in (1, 50, 95)]
    print(f"tdigest, {name} values:", ", ".join(f"{value:.1f}" for value in seen[name]))
assert seen["exclusive"][0] < 0 and seen["exclusive"][1] > max(few_ms)
assert min(few_ms) <= seen["inclusive"][0] and seen["inclusive"][1] <= max(few_ms)
assert seen["equal"][0] < 0 and seen["equal"][2] > 900
assert all(9.9 < value < 10.1 for value in seen["different"])
EOF
