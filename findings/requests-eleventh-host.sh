#!/usr/bin/env bash
# requests 2.34.2: one session that talks to eleven hosts in turn never uses a connection twice.
#
# A session keeps pools for ten hosts (HTTPAdapter's pool_connections=10, urllib3's num_pools). The eleventh host makes the
# oldest pool go, with its connections, and with hosts in turn the oldest one is always the next to be asked. Nothing warns.
# The step from ten hosts to eleven takes reuse from all to none. httpx 0.28.1 limits connections, not hosts.
#
# Seen: 5 rounds over 10 hosts: 10 connections; over 11 hosts: 55 with requests, 11 with httpx.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q requests==2.34.2 urllib3==2.8.0 httpx==0.28.1
"$folder/venv/bin/python" - <<'EOF'
import http.server
import threading
import httpx
import requests


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


class Counting(http.server.ThreadingHTTPServer):
    opened = 0

    def get_request(self):
        Counting.opened += 1
        return super().get_request()


servers = [Counting(("127.0.0.1", 0), Answer) for _ in range(11)]
for server in servers:
    threading.Thread(target=server.serve_forever, daemon=True).start()


def connections(client, hosts):
    Counting.opened = 0
    with client:
        for _ in range(5):
            for server in servers[:hosts]:
                client.get(f"http://127.0.0.1:{server.server_port}/")
    return Counting.opened


seen = {
    (name, hosts): connections(make(), hosts)
    for name, make in (("requests", requests.Session), ("httpx", httpx.Client))
    for hosts in (10, 11)
}
print(seen)
assert seen == {("requests", 10): 10, ("requests", 11): 55, ("httpx", 10): 10, ("httpx", 11): 11}
EOF
