#!/usr/bin/env bash
# ab 2.3 (apache2-utils 2.4.71, Debian 12): -s does not bound a request. Either a slow answer is waited for whatever it
# says, or the whole run ends without a figure.
#
# Its help and its manual call -s the seconds to wait for each response, and for a socket. It is how long ab waits for
# any of its connections to do anything. While one of them is answered, another may take as long as it likes, and counts
# as complete and not as failed. When none does anything for so long, ab exits: there are no times of the requests that
# were answered, no failed request, and a script that reads its report finds none. So the same slow answer passes or
# ends the run by the number of connections, and the more there are, the less the option does.
#
# Seen, -s 1, each answer after 10 ms and one after 1.5 s: with -c 2: 600 complete, 0 failed, longest request 1501 ms;
# with -c 1: "apr_pollset_poll: The timeout specified has expired (70007)", "Total of 299 requests completed", no
# figure.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
apt-get download apache2-utils libapr1 libaprutil1 > apt.log 2>&1
for package in ./*.deb; do dpkg -x "$package" unpacked; done
export LD_LIBRARY_PATH=$folder/unpacked/usr/lib/$(uname -m)-linux-gnu
cat > server.py <<'EOF'
import asyncio

answered = 0


async def answer(reader, writer):
    global answered
    try:
        await reader.readuntil(b"\r\n\r\n")
        answered += 1
        await asyncio.sleep(1.5 if answered == 300 else 0.01)
        writer.write(b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok")
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

measure() {
  "${PYTHON:-python3}" server.py > port &
  server=$!
  until [ -s port ]; do sleep 0.1; done
  ended=0
  unpacked/usr/bin/ab -q -s 1 -n 600 -c "$1" "http://127.0.0.1:$(cat port)/" > "report-$1.txt" 2> "error-$1.txt" || ended=$?
  kill "$server"
  server=
  rm port
  echo "-c $1: exit code $ended"
  grep -hE 'Complete requests|Failed requests|longest request|Total of|apr_pollset' "report-$1.txt" "error-$1.txt"
}

dpkg-deb -f ./apache2-utils_*.deb Version
unpacked/usr/bin/ab -h 2>&1 | grep -E '^ +-s' || true
measure 2
[ "$ended" = 0 ]
grep -qE '^Complete requests: +600$' report-2.txt
grep -qE '^Failed requests: +0$' report-2.txt
[ "$(sed -n 's/^ 100% *\([0-9]*\) (longest request)$/\1/p' report-2.txt)" -ge 1500 ]
measure 1
[ "$ended" != 0 ]
if grep -E 'Complete requests|Time per request|longest request' report-1.txt; then exit 1; fi
