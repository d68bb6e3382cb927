#!/usr/bin/env bash
# autocannon 9.0.0 (npm): for a server that answers in less than a millisecond, the least latency is larger than the
# 99th percentile.
#
# Latencies go into a histogram of whole milliseconds, rounded down, so most of them are 0. The percentiles say 0; the
# minimum is that of the values that are not 0, and says 1; the mean is pulled down to a fraction of the true one. With
# one connection the true mean follows from the rate, since the next request is sent when the answer is there. Whoever
# compares two clients' or servers' latencies by it compares zeros; the rate is right.
#
# Seen: one connection to Node's own server, 20.20.2: min 1, median 0, mean 0.02 ms, where the rate says 0.047 ms.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund autocannon@9.0.0 > npm.log 2>&1
cat > seen.js <<'EOF'
const assert = require("assert");
const http = require("http");
const autocannon = require("autocannon");

const server = http.createServer((request, response) => response.end("fine")).listen(0, "127.0.0.1", async () => {
  const result = await autocannon({ url: `http://127.0.0.1:${server.address().port}`, connections: 1, duration: 4 });
  server.close();
  const { min, p50, mean } = result.latency;
  const by_rate_ms = 1000 / result.requests.mean;
  console.log(`min ${min}, median ${p50}, mean ${mean} ms; by the rate ${by_rate_ms.toFixed(3)} ms`);
  assert.strictEqual(p50, 0);
  assert.ok(min > p50);
  assert.ok(mean < 0.75 * by_rate_ms);
});
EOF
node seen.js
