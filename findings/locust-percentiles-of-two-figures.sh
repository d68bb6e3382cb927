#!/usr/bin/env bash
# locust 2.47.0: a median of 1,051 ms and one of 1,149 ms are the same figure, 1,100; one of 0.4 ms is the least of all.
#
# Response times are put into buckets of two significant digits, and of whole milliseconds, before percentiles are
# taken. So a service can become 9 % slower without any of its percentiles moving, and a change of 0.2 % can move them
# by 10 %. A threshold on a percentile ("p95 < 1,050 ms") is kept by 1,049 ms and broken by 1,051, which count as 1,000
# and 1,100. Mean, minimum and maximum are exact, and stand beside them in the same table. The median is moved into the
# range from minimum to maximum: of answers in less than a millisecond it is therefore the quickest one or the slowest
# one.
#
# Seen, 100 answers that take the same, one quicker by 0.3 of that and one slower: 1,049 ms: median and p95 1000, mean
# 1049; 1,051 ms: 1100, 1100, 1051; 1,149 ms: 1100, 1100, 1149; 0.4 ms: median 0.28, p95 0, mean 0.4; 0.6 ms: 0.78, 1,
# 0.6.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q locust==2.47.0
"$folder/venv/bin/python" - <<'EOF'
from locust.stats import RequestStats

seen = {}
for answer_ms in (1049, 1051, 1149, 0.4, 0.6):
    stats = RequestStats()
    for each_ms in (0.7 * answer_ms, *[answer_ms] * 100, 1.3 * answer_ms):
        stats.log_request("GET", "/", each_ms, 10)
    entry = stats.total
    percentiles = round(entry.median_response_time, 2), entry.get_response_time_percentile(0.95)
    seen[answer_ms] = (*percentiles, round(entry.avg_response_time, 1))
for answer_ms, (median, p95, mean) in seen.items():
    print(f"answers in {answer_ms} ms: median {median}, p95 {p95}, mean {mean}")
assert seen == {
    1049: (1000, 1000, 1049),
    1051: (1100, 1100, 1051),
    1149: (1100, 1100, 1149),
    0.4: (0.28, 0, 0.4),
    0.6: (0.78, 1, 0.6),
}, seen
EOF
