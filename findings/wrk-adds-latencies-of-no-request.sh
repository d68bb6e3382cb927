#!/usr/bin/env bash
# wrk 4.1.0 (Debian 12): its mean and percentiles are of more latencies than it sent requests. One slow answer of 200
# becomes a 90th percentile.
#
# wrk is known for leaving out what a stalled server kept it from sending (coordinated omission). It does the opposite:
# before it prints, it takes the time of the run by the requests of a connection as the interval at which these should
# have been sent, and for each latency of more than twice that it adds one for each interval in it, as of requests that
# waited. Nothing in its output says so, and no option turns it off. With one connection the figures contradict each
# other: the mean times the number of requests is many times as long as the run. Other tools' percentiles of the same
# server cannot be compared with them. The least and the largest latency and the rate are right.
#
# Seen, one connection, 3 s, a server that takes 10 ms and once 1 s: 192 requests, 254 latencies; median 10.5 ms, p90
# 0.6 s, mean 136 ms, by the rate 16 ms. Without the slow answer: 285 and 285, p90 11 ms.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
apt-get download wrk=4.1.0-3+b2 libluajit-5.1-2 > apt.log 2>&1
for package in ./*.deb; do dpkg -x "$package" unpacked; done
export LD_LIBRARY_PATH=$folder/unpacked/usr/lib/$(uname -m)-linux-gnu
cat > server.py <<'EOF'
import asyncio

answered = 0


async def answer(reader, writer):
    global answered
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            answered += 1
            await asyncio.sleep(1 if b"/once " in head and answered == 30 else 0.01)
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
EOF
cat > figures.lua <<'EOF'
function done(summary, latency, requests)
  local counted = 0
  for i = 1, #latency do
    local value, count = latency(i)
    counted = counted + count
  end
  io.write(string.format("figures %d %d %.3f %.3f %.3f %.3f\n", summary.requests, counted, latency:percentile(50) / 1e3,
    latency:percentile(90) / 1e3, latency.mean / 1e3, summary.duration / summary.requests / 1e3))
end
EOF

measure() {
  "${PYTHON:-python3}" server.py > port &
  server=$!
  until [ -s port ]; do sleep 0.1; done
  unpacked/usr/bin/wrk -t1 -c1 -d3s -s figures.lua "http://127.0.0.1:$(cat port)/$1" > wrk.txt
  kill "$server"
  server=
  rm port
  sed -n 's/^figures //p' wrk.txt
}

measure once > once.txt
measure never > never.txt
"${PYTHON:-python3}" - <<'EOF'
figures = [float(word) for name in ("once.txt", "never.txt") for word in open(name).read().split()]
for name, (requests, latencies, median, p90, mean, by_rate) in (("once", figures[:6]), ("never", figures[6:])):
    print(
        f"{name} 1 s: {requests:.0f} requests, {latencies:.0f} latencies; median {median:.1f} ms, p90 {p90:.1f}, "
        f"mean {mean:.1f}, by the rate {by_rate:.1f}"
    )
requests, latencies, median, p90, mean, by_rate = figures[:6]
assert latencies > 1.1 * requests and median < 100 < p90 and mean > 3 * by_rate
requests, latencies, median, p90, mean, by_rate = figures[6:]
assert latencies < 1.05 * requests and mean < 1.5 * by_rate
EOF
