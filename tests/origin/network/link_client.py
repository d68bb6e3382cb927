"""What a test does at the client's end of a link, as a program: it must run in the link's network.

``python link_client.py HOST PORT CA SCRIPT``; prints JSON. CA is empty for no TLS.
"""

import hashlib
import json
import socket
import ssl
import struct
import sys
import time

HOST, PORT, CA = sys.argv[1], int(sys.argv[2]), sys.argv[3]


def connected() -> tuple[socket.socket, dict[str, float]]:
    began = time.perf_counter()
    sock = socket.create_connection((HOST, PORT), timeout=20)
    took = {"connect": time.perf_counter() - began, "port": sock.getsockname()[1]}
    if CA:
        began = time.perf_counter()
        sock = ssl.create_default_context(cafile=CA).wrap_socket(sock, server_hostname=HOST)
        took["tls"] = time.perf_counter() - began
    return sock, took


def get(sock: socket.socket, path: str) -> tuple[bytes, dict[str, object]]:
    began_ns = time.perf_counter_ns()
    sock.sendall(f"GET {path} HTTP/1.1\r\nHost: link\r\n\r\n".encode())
    data = b""
    while b"\r\n\r\n" not in data:
        data += sock.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:])
    while len(body) < int(fields["content-length"]):
        body += sock.recv(65536)
    ended_ns = time.perf_counter_ns()
    received, written, _ = fields["x-clientprof-ns"].split(",")
    times = {"up": int(received) - began_ns, "down": ended_ns - int(written), "all": ended_ns - began_ns}
    return body, {name: ns / 1e9 for name, ns in times.items()}


def timed() -> object:
    sock, took = connected()
    with sock:
        asked = [get(sock, "/1k")[1] for _ in range(3)]
    return {**took, "asked": asked}


def closed_by_server() -> object:
    sock, took = connected()
    with sock:
        get(sock, "/1k")
        return {**took, "rest": len(sock.recv(10))}


def reset_by_client() -> object:
    sock, took = connected()
    get(sock, "/1k")
    sock.sendall(b"GET /delay/60000 HTTP/1.1\r\nHost: link\r\n\r\n")
    time.sleep(0.2)  # so that the request is at the server when the connection breaks
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
    return took


def half_closed() -> object:
    sock, took = connected()
    with sock:
        sock.sendall(b"GET /1k HTTP/1.1\r\nHost: link\r\n\r\n")
        sock.shutdown(socket.SHUT_WR)
        data = b""
        while piece := sock.recv(65536):
            data += piece
    return {**took, "status": int(data.split()[1]), "body": len(data.partition(b"\r\n\r\n")[2])}


def large() -> object:
    """Both ways at once would deadlock a client that only writes: the body goes up first, then its echo's hash comes."""
    sock, took = connected()
    with sock:
        body, times = get(sock, "/2m")
    return {**took, **times, "sha256": hashlib.sha256(body).hexdigest()}


def many() -> object:
    socks = [connected()[0] for _ in range(6)]
    sizes = [len(get(sock, f"/{100 + number}")[0]) for number, sock in enumerate(socks)]
    for sock in socks:
        sock.close()
    return {"sizes": sizes}


print(json.dumps(globals()[sys.argv[4]]()))
