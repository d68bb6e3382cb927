#!/usr/bin/env bash
# curl_cffi 0.17.0, pycurl 7.49.0 and httplib2 0.32.1 send a POST a second time if the server closes the connection
# without an answer, although it has read the request. The call succeeds and says nothing.
#
# libcurl takes a connection that it used before and that ends without a byte for one that was closed while idle, and
# starts anew, whatever the method. A server that restarts, or a worker that dies, closes it in the middle of the
# work. httplib2 repeats a request on a fresh connection too (RETRIES in its module is 2). RFC 9110, 9.2.2 advises
# clients against it for methods that are not idempotent. So the server counts more requests than the client, what a
# request costs is paid twice, and the latency of the call is that of both. libcurl has no option against it alone;
# with curl_options={CurlOpt.FORBID_REUSE: 1}, thus a connection for each request, curl_cffi does not repeat. requests
# 2.34.2, httpx 0.28.1 and aiohttp 3.14.5 raise.
#
# Seen, a GET that is answered and then a POST on the same connection, which is read and not answered; POSTs that the
# server read: curl_cffi 2, pycurl 2, httplib2 2, all with status 200; requests, httpx, aiohttp 1 and an error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q curl_cffi==0.17.0 pycurl==7.49.0 httplib2==0.32.1 \
  requests==2.34.2 httpx==0.28.1 aiohttp==3.14.5
"$folder/venv/bin/python" - <<'EOF'
import asyncio
import io
import socketserver
import threading

import aiohttp
import curl_cffi
import httplib2
import httpx
import pycurl
import requests

BODY = b"order one"
read = []


class LosesTheSecondPost(socketserver.StreamRequestHandler):
    def handle(self):
        while head := self.rfile.readline():
            length = 0
            while (line := self.rfile.readline()).strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            self.rfile.read(length)
            read.append(head.split()[0].decode())
            if read == ["GET", "POST"]:
                return
            self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


server = Server(("127.0.0.1", 0), LosesTheSecondPost)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_address[1]}/"


def by_curl_cffi(**options):
    with curl_cffi.Session(**options) as session:
        session.get(url)
        return session.post(url, data=BODY).status_code


def by_pycurl():
    curl = pycurl.Curl()
    curl.setopt(pycurl.URL, url)
    curl.setopt(pycurl.WRITEDATA, io.BytesIO())
    curl.perform()
    curl.setopt(pycurl.POSTFIELDS, BODY)
    curl.perform()
    return curl.getinfo(pycurl.RESPONSE_CODE)


def by_httplib2():
    client = httplib2.Http()
    client.request(url)
    return client.request(url, "POST", body=BODY)[0].status


def by_requests():
    with requests.Session() as session:
        session.get(url)
        return session.post(url, data=BODY).status_code


def by_httpx():
    with httpx.Client() as client:
        client.get(url)
        return client.post(url, content=BODY).status_code


async def by_aiohttp():
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as response:
            await response.read()
        async with session.post(url, data=BODY) as response:
            return response.status


seen = {}
for name, ask in {
    "curl_cffi": by_curl_cffi,
    "curl_cffi, FORBID_REUSE": lambda: by_curl_cffi(curl_options={curl_cffi.CurlOpt.FORBID_REUSE: 1}),
    "pycurl": by_pycurl,
    "httplib2": by_httplib2,
    "requests": by_requests,
    "httpx": by_httpx,
    "aiohttp": lambda: asyncio.run(by_aiohttp()),
}.items():
    read.clear()
    try:
        ended = ask()
    except Exception as error:
        ended = type(error).__name__
    seen[name] = read.count("POST"), ended
    print(f"{name}: {seen[name][0]} POST, {ended}")
for name in ("curl_cffi", "pycurl", "httplib2"):
    assert seen[name] == (2, 200), name
for name in ("curl_cffi, FORBID_REUSE", "requests", "httpx", "aiohttp"):
    assert seen[name][0] == 1 and seen[name][1] != 200, name
EOF
