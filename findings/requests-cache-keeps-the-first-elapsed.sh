#!/usr/bin/env bash
# requests-cache 1.3.3: an answer from the cache has the elapsed time of the request that filled it.
#
# The stored response is given back whole, response.elapsed with it. So metrics that are made of elapsed, as most hooks and
# wrappers of requests make them, say that nothing became faster: every hit counts as a request of the server's full time.
# With a cache that is read for days, a slow minute of the server is repeated for days too.
#
# Seen, for a server that takes 0.3 s: the second answer comes from the cache within 0.1 s, and its elapsed is 0.3 s, equal
# to the first one's to the microsecond.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q requests-cache==1.3.3 requests==2.34.2
"$folder/venv/bin/python" - <<'EOF'
import http.server
import threading
import time
import requests_cache


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        time.sleep(0.3)
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
threading.Thread(target=server.serve_forever, daemon=True).start()
session = requests_cache.CachedSession(backend="memory")
first = session.get(f"http://127.0.0.1:{server.server_port}/")
began = time.perf_counter()
second = session.get(f"http://127.0.0.1:{server.server_port}/")
took = time.perf_counter() - began
print(f"from the cache: {second.from_cache}, took {took:.3f} s, elapsed {second.elapsed.total_seconds():.3f} s")
assert not first.from_cache and second.from_cache
assert second.elapsed == first.elapsed and second.elapsed.total_seconds() >= 0.3 and took < 0.1
EOF
