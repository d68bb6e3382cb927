"""Asks with the standard library's client, and with others that stand on it: ``standard_library.py URL TLS_URL CA_FILE``, or
with the name of one function behind these. Each function has its call sites."""

import asyncio
import http.client
import io
import shutil
import socket
import socketserver
import ssl
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httplib2
import requests
import urllib3

URL, TLS_URL, CA_FILE = sys.argv[1:4]
HOST, TLS_HOST = urlsplit(URL).netloc, urlsplit(TLS_URL).netloc
NOBODY = "127.0.0.1:9"
KEPT: list[Any] = []


def keeps_a_connection() -> None:
    connection = http.client.HTTPConnection(HOST)
    for _ in range(5):
        connection.request("GET", "/1k")
        assert len(connection.getresponse().read()) == 1024


def connects_by_hand() -> None:
    http.client.HTTPConnection(HOST).connect()
    with suppress(ConnectionRefusedError):
        http.client.HTTPConnection(NOBODY).connect()
    KEPT.append(http.client.HTTPConnection(HOST))
    KEPT[-1].connect()
    connection = http.client.HTTPConnection(HOST)
    connection.connect()
    connection.request("GET", "/1k")
    connection.getresponse().read()


def sends_it_in_parts() -> None:
    connection = http.client.HTTPConnection(HOST)
    for _ in range(3):
        connection.putrequest("POST", "/echo")
        connection.putheader("Content-Length", "6")
        connection.endheaders()
        connection.send(b"abc")
        connection.send(b"def")
        with connection.getresponse() as response:
            while response.read(100):
                pass


def opens_addresses() -> None:
    for _ in range(5):
        with urllib.request.urlopen(f"{URL}/1k") as response:
            assert len(response.read()) == 1024


def is_redirected() -> None:
    urllib.request.urlopen(f"{URL}/redirect/2").read()


def is_told_of_errors() -> None:
    for status in (404, 404, 503, 304):
        try:
            urllib.request.urlopen(f"{URL}/status/{status}")
        except urllib.error.HTTPError as error:
            print(error.code)
            if status == 503:
                error.read()


def finds_nobody() -> None:
    connection = http.client.HTTPConnection(NOBODY)
    with suppress(ConnectionRefusedError):
        connection.request("GET", "/")


def opens_nobody() -> None:
    with suppress(urllib.error.URLError):
        urllib.request.urlopen(f"http://{NOBODY}/")


def gives_up_waiting() -> None:
    connection = http.client.HTTPConnection(HOST, timeout=0.02)
    connection.request("GET", "/1k?delay=500")
    with suppress(TimeoutError):
        connection.getresponse()


def breaks_off() -> None:
    connection = http.client.HTTPConnection(HOST)
    for _ in range(2):
        connection.request("GET", "/1k?delay=20")
        connection.close()


def keeps_a_connection_a_host() -> None:
    client = httplib2.Http()
    for address in (f"{URL}/1k", f"{URL}/1k", f"{URL}/redirect/2", f"{URL}/status/404"):
        client.request(address)
    client.request(f"{URL}/1k", "HEAD")
    with suppress(ConnectionRefusedError):
        client.request(f"http://{NOBODY}/")
    client.close()
    verifying = httplib2.Http(ca_certs=CA_FILE)
    assert len(verifying.request(f"{TLS_URL}/1k")[1]) == 1024
    verifying.close()


def opens_with_handlers_of_its_own() -> None:
    class Kept(io.BytesIO):
        code, msg = 200, "OK"

        def info(self) -> http.client.HTTPMessage:
            return http.client.HTTPMessage()

    class FromCache(urllib.request.BaseHandler):
        handler_order = 100

        def http_open(self, request: urllib.request.Request) -> Kept:
            return Kept(b"kept")

    assert urllib.request.build_opener(FromCache()).open(f"{URL}/1k").read() == b"kept"


def asks_at_no_port() -> None:
    with suppress(http.client.InvalidURL):
        urllib.request.urlopen("http://127.0.0.1:none/")
    with suppress(http.client.InvalidURL):
        httplib2.Http().request("http://127.0.0.1:none/")


def gets_no_body() -> None:
    connection = http.client.HTTPConnection(HOST)
    for method, target in (("HEAD", "/1k"), ("HEAD", "/chunked/3x1k"), ("GET", "/status/204")):
        connection.request(method, target)
        assert connection.getresponse().read() == b""


def reads_in_every_way() -> None:
    text = io.TextIOWrapper(urllib.request.urlopen(f"{URL}/64k"), encoding="latin-1")
    assert len(text.read()) == 65536
    buffer = io.BytesIO()
    with urllib.request.urlopen(f"{URL}/chunked/4x1k") as response:
        shutil.copyfileobj(response, buffer, 1000)
    assert buffer.tell() == 4096
    assert sum(map(len, urllib.request.urlopen(f"{URL}/chunked/4x1k"))) == 4096
    assert len(io.BufferedReader(urllib.request.urlopen(f"{URL}/1k")).read(1024)) == 1024


def reads_nothing() -> None:
    for _ in range(3):
        assert urllib.request.urlopen(f"{URL}/1k").status == 200


def opens_what_is_no_request() -> None:
    assert urllib.request.urlopen("data:,hello").read() == b"hello"
    urllib.request.urlopen(f"file://{CA_FILE}").read()


def asks_with_others() -> None:
    requests.get(f"{URL}/1k")
    with requests.Session() as session:
        assert sum(map(len, session.get(f"{URL}/chunked/4x1k", stream=True).iter_content(100))) == 4096
    urllib3.PoolManager().request("GET", f"{URL}/1k")


def asks_in_many_threads() -> None:
    def asks(_: int) -> None:
        connection = http.client.HTTPConnection(HOST)
        connection.request("GET", "/1k?delay=20")
        connection.getresponse().read()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(asks, range(16)))


def asks_all_before_it_reads() -> None:
    connections = [http.client.HTTPConnection(HOST) for _ in range(4)]
    for each in connections:
        each.request("GET", "/1k?delay=20")
    for each in connections:
        each.getresponse().read()


def hands_its_connection_on() -> None:
    connection = http.client.HTTPConnection(HOST)
    connection.request("GET", "/1k")
    thread = threading.Thread(target=lambda: connection.getresponse().read())
    thread.start()
    thread.join()


def yields_lines() -> None:
    def lines() -> Iterator[bytes]:
        yield from urllib.request.urlopen(f"{URL}/chunked/4x1k")

    for _ in range(2):
        assert next(lines())


def hands_calls_to_threads() -> None:
    async def main() -> None:
        for response in await asyncio.gather(
            *(asyncio.to_thread(urllib.request.urlopen, f"{URL}/1k") for _ in range(3))
        ):
            response.read()

    asyncio.run(main())


def asks_over_tls() -> None:
    connection = http.client.HTTPSConnection(TLS_HOST, context=ssl.create_default_context(cafile=CA_FILE))
    for _ in range(3):
        connection.request("GET", "/1k")
        connection.getresponse().read()


class ProxyServer(socketserver.ThreadingTCPServer):
    daemon_threads = True


class Proxy(socketserver.StreamRequestHandler):
    """Lets one connection through."""

    def handle(self) -> None:

        target = self.rfile.readline().split()[1].decode()
        while self.rfile.readline().strip():
            pass
        there = socket.create_connection(tuple(target.rsplit(":", 1)))
        self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        threading.Thread(target=self.copies, args=(there, self.connection), daemon=True).start()
        self.copies(self.connection, there)

    @staticmethod
    def copies(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                target.sendall(piece)
            target.shutdown(1)


def asks_through_a_tunnel() -> None:
    with ProxyServer(("127.0.0.1", 0), Proxy) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        address = f"127.0.0.1:{proxy.server_address[1]}"
        context = ssl.create_default_context(cafile=CA_FILE)
        connection = http.client.HTTPSConnection(address, context=context)
        connection.set_tunnel(TLS_HOST)
        connection.request("GET", "/1k")
        connection.getresponse().read()
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({"https": f"http://{address}"}), urllib.request.HTTPSHandler(context=context)
        )
        opener.open(f"{TLS_URL}/1k").read()
        connection.close()
        proxy.shutdown()


def blocks_its_loop() -> None:
    async def main() -> None:
        for _ in range(30):
            urllib.request.urlopen(f"{URL}/1k?delay=10").read()
            await asyncio.sleep(0)

    asyncio.run(main())


def keeps_answers_open() -> None:
    KEPT.extend(urllib.request.urlopen(f"{URL}/64k") for _ in range(3))
    time.sleep(1.5)


ALONE = (blocks_its_loop, keeps_answers_open)
EACH = (
    keeps_a_connection, sends_it_in_parts, opens_addresses, is_redirected, is_told_of_errors, finds_nobody, opens_nobody,
    gives_up_waiting, breaks_off, gets_no_body, reads_in_every_way, reads_nothing, opens_what_is_no_request,
    asks_with_others, asks_in_many_threads, asks_all_before_it_reads, hands_its_connection_on, yields_lines,
    hands_calls_to_threads, asks_over_tls, asks_through_a_tunnel, connects_by_hand, keeps_a_connection_a_host,
    opens_with_handlers_of_its_own, asks_at_no_port,
)  # fmt: skip

if __name__ == "__main__":
    for function in EACH:
        if len(sys.argv) < 5:
            function()
    for function in (*EACH, *ALONE):
        if function.__name__ in sys.argv[4:]:
            function()
