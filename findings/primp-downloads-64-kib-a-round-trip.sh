#!/usr/bin/env bash
# primp 2.0.1 over HTTP/2, without impersonate: all downloads of a connection together get 64 KiB a round trip,
# however fast the network is. wreq gets two megabytes, httpx sixteen.
#
# A server may send no more than the client's windows allow, one for each stream and one for the connection. primp
# leaves both at the 65,535 bytes that the protocol starts with, and all requests to a host share a connection. With
# impersonate it has the windows of that browser, a hundred times as large. It has no option for them. On loopback a round
# trip takes no time: a benchmark there shows no difference, and over a network the same client is several times slower
# than the others.
#
# Seen, 1 MiB over a relay with a round trip of 50 ms; bytes allowed at first, times that the server had to stop and
# wait, duration: primp 65,535, 16, 0.95 s; primp with impersonate="chrome_146" 6,291,456, 0, 0.1 s; wreq 0.13.0
# 2,097,152, 0, 0.1 s; httpx 0.28.1 16,842,751, 0, 0.1 s.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q primp==2.0.1 wreq==0.13.0 httpx==0.28.1 h2==4.4.1 trustme==1.2.1
"$folder/venv/bin/python" - "$folder/ca.pem" <<'EOF'
import asyncio
import contextlib
import pathlib
import ssl
import sys
import time

import h2.config
import h2.connection
import h2.events
import httpx
import primp
import trustme
import wreq

SIZE, ONE_WAY_S = 1 << 20, 0.025
authority = pathlib.Path(sys.argv[1])
allowed, stops = [], []  # of each download: bytes that the server might send at once, and how often it had to stop


async def serve(reader, writer):
    connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    connection.initiate_connection()
    writer.write(connection.data_to_send())
    stream, left = None, 0
    with contextlib.suppress(asyncio.CancelledError, OSError):  # as the program ends, or a client leaves
        while received := await reader.read(65536):
            for event in connection.receive_data(received):
                if isinstance(event, h2.events.RequestReceived):
                    stream, left = event.stream_id, SIZE
                    allowed.append(connection.local_flow_control_window(stream))
                    stops.append(0)
                    connection.send_headers(stream, [(":status", "200")])
            while left and (room := connection.local_flow_control_window(stream)):
                piece = min(left, room, connection.max_outbound_frame_size)
                left -= piece
                connection.send_data(stream, bytes(piece), end_stream=not left)
            if left:
                stops[-1] += 1
            writer.write(connection.data_to_send())


def relay_to(port):
    """Handler of a connection that hands on what it gets later by the time of one way."""
    loop = asyncio.get_running_loop()

    async def hand_on(reader, writer):
        while received := await reader.read(SIZE):
            loop.call_later(ONE_WAY_S, writer.write, received)

    async def relay(reader, writer):
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.suppress(asyncio.CancelledError, OSError):  # as the program ends, or a client leaves
            await asyncio.gather(hand_on(reader, far_writer), hand_on(far_reader, writer))

    return relay


async def measured(name, get):
    """Bytes allowed to the first of two downloads; stops and seconds of the second."""
    allowed.clear()
    stops.clear()
    for _ in range(2):
        began = time.perf_counter()
        assert len(await get()) == SIZE
        took_s = time.perf_counter() - began
    print(f"{name}: {allowed[0]:,} bytes allowed, {stops[1]} stops, {took_s:.2f} s")
    return allowed[0], stops[1], took_s


async def main():
    issuer = trustme.CA()
    issuer.cert_pem.write_to_path(authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issuer.issue_cert("localhost").configure_cert(context)
    context.set_alpn_protocols(["h2"])
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    relay = await asyncio.start_server(relay_to(server.sockets[0].getsockname()[1]), "127.0.0.1", 0)
    url = f"https://localhost:{relay.sockets[0].getsockname()[1]}/"

    async def by_primp(client):
        return await (await client.get(url)).aread()

    async def by_wreq(client):
        return await (await client.get(url)).bytes()

    async def by_httpx(client):
        return (await client.get(url)).content

    plain, browser = (primp.AsyncClient(ca_cert_file=str(authority), impersonate=name) for name in (None, "chrome_146"))
    wide = wreq.Client(tls_verify=authority)
    alone = await measured("primp", lambda: by_primp(plain))
    others = [
        await measured("primp, impersonate", lambda: by_primp(browser)),
        await measured("wreq", lambda: by_wreq(wide)),
    ]
    async with httpx.AsyncClient(http2=True, verify=ssl.create_default_context(cafile=authority)) as client:
        others.append(await measured("httpx", lambda: by_httpx(client)))
    assert alone[0] == 65535 and alone[1] >= 12 and alone[2] > 0.6
    for most, stopped, took_s in others:
        assert most > 1_000_000 and stopped <= 2 and took_s < alone[2] / 2


asyncio.run(main())
EOF
