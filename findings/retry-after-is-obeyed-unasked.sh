#!/usr/bin/env bash
# urllib3 2.8.0 and requests 2.34.2: whoever allows retries of failed connections also repeats answered requests, after
# sleeping for as long as the server says.
#
# requests says of HTTPAdapter(max_retries=2) that it is for failed look-ups, connections and connection timeouts, never for
# requests whose data has made it to the server. But the number becomes a urllib3 Retry, and that repeats a GET that was
# answered with 413, 429 or 503 and a Retry-After header, whatever its status_forcelist. A PoolManager does so without being
# asked, three times. The sleeps are inside the call: its time is the server's by every measure that looks from outside.
# The program gets the last 503 and no word of how often it asked.
#
# Seen, for a server that always answers 503 with "Retry-After: 1": requests as it comes asks once. With max_retries=2 a GET
# asks three times and takes 2 s, a POST asks once. urllib3 alone asks four times and takes 3 s.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q requests==2.34.2 urllib3==2.8.0
"$folder/venv/bin/python" - <<'EOF'
import http.server
import threading
import time
import requests
import urllib3
from requests.adapters import HTTPAdapter

asked = []


class Busy(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        asked.append(self.command)
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(503)
        self.send_header("retry-after", "1")
        self.send_header("content-length", "0")
        self.end_headers()

    do_POST = do_GET

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Busy)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"


def seen(call):
    asked.clear()
    began = time.monotonic()
    status = call()
    return status, len(asked), int(time.monotonic() - began)


def with_retries(number, method, body=None):
    session = requests.Session()
    session.mount("http://", HTTPAdapter(max_retries=number))
    return seen(lambda: session.request(method, url, data=body).status_code)


found = [with_retries(0, "GET"), with_retries(2, "GET"), with_retries(2, "POST", b"x")]
alone = seen(lambda: urllib3.PoolManager().request("GET", url).status)
for what, row in zip(("as it comes", "GET, 2 retries", "POST, 2 retries", "urllib3"), [*found, alone]):
    print(f"{what}: {row[0]}, asked {row[1]} times, {row[2]} s")
assert found == [(503, 1, 0), (503, 3, 2), (503, 1, 0)]
assert alone == (503, 4, 3)
EOF
