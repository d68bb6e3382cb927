#!/usr/bin/env bash
# HTTP/2 carries fifty requests over one connection. Asked for fifty at once, httpx 0.28.1 and primp 2.0.1 open one,
# wreq 0.13.0 and rnet 2.4.2 open fifty and use one of them, and curl_cffi 0.17.0 opens and uses as many as it may.
#
# Before the first handshake is over, a client cannot know whether the server speaks HTTP/2. wreq and rnet begin a
# connection for each request meanwhile, and drop all but the first to be ready. libcurl rather opens a connection
# than waits for one to share: its documentation says so of the option PIPEWAIT, and curl_cffi leaves that off. So a
# service pays for all those handshakes whenever it starts, and the first round of a benchmark measures handshakes.
# Later rounds share one connection in all five. wreq opens one with http2_only=True or after a first request alone,
# curl_cffi with curl_options={CurlOpt.PIPEWAIT: 1}.
#
# Seen, 50 GETs at once by a new client, connections opened and those used: httpx 1, 1; primp 1, 1; wreq 50, 1
# (http2_only: 1, 1; after a first request: 0, 1); rnet 50, 1; curl_cffi 10, 10 (max_clients=50: 50, 50; with PIPEWAIT
# besides: 1, 1).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q httpx==0.28.1 primp==2.0.1 wreq==0.13.0 rnet==2.4.2 curl_cffi==0.17.0 \
  h2==4.4.1 trustme==1.2.1
"$folder/venv/bin/python" - "$folder/ca.pem" <<'EOF'
import asyncio
import contextlib
import pathlib
import ssl
import sys

import curl_cffi
import h2.config
import h2.connection
import h2.events
import httpx
import primp
import rnet
import trustme
import wreq

BURST = 50
authority = pathlib.Path(sys.argv[1])
opened, used = 0, set()


async def serve(reader, writer):
    global opened
    opened += 1
    connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    connection.initiate_connection()
    writer.write(connection.data_to_send())
    answers = set()

    async def answer(stream):
        await asyncio.sleep(0.5)
        connection.send_headers(stream, [(":status", "204")], end_stream=True)
        writer.write(connection.data_to_send())

    with contextlib.suppress(asyncio.CancelledError, OSError):  # as the program ends, or a client leaves
        while received := await reader.read(65536):
            for event in connection.receive_data(received):
                if isinstance(event, h2.events.RequestReceived):
                    used.add(writer)
                    answers.add(asyncio.create_task(answer(event.stream_id)))
            writer.write(connection.data_to_send())
    writer.close()


async def burst(name, get):
    """Connections opened and those used by all requests together."""
    global opened
    opened = 0
    used.clear()
    await asyncio.gather(*(get() for _ in range(BURST)))
    await asyncio.sleep(0.2)
    print(f"{name}: {opened} opened, {len(used)} used")
    return opened, len(used)


async def main():
    issuer = trustme.CA()
    issuer.cert_pem.write_to_path(authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issuer.issue_cert("localhost").configure_cert(context)
    context.set_alpn_protocols(["h2"])
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context, backlog=200)
    url = f"https://localhost:{server.sockets[0].getsockname()[1]}/"
    ours = ssl.create_default_context(cafile=authority)
    seen = {}

    async with httpx.AsyncClient(http2=True, verify=ours) as client:
        seen["httpx"] = await burst("httpx", lambda: client.get(url))
    clients = {
        "primp": primp.AsyncClient(ca_cert_file=str(authority)),
        "wreq": wreq.Client(tls_verify=authority),
        "wreq, http2_only": wreq.Client(tls_verify=authority, http2_only=True),
        "rnet": rnet.Client(verify=authority),
    }
    for name, client in clients.items():
        seen[name] = await burst(name, lambda client=client: client.get(url))
    after_one = wreq.Client(tls_verify=authority)
    await after_one.get(url)
    seen["wreq, after one"] = await burst("wreq, after one", lambda: after_one.get(url))
    for name, options in {
        "curl_cffi": {},
        "curl_cffi, 50": {"max_clients": BURST},
        "curl_cffi, PIPEWAIT": {"max_clients": BURST, "curl_options": {curl_cffi.CurlOpt.PIPEWAIT: 1}},
    }.items():
        async with curl_cffi.AsyncSession(verify=str(authority), **options) as client:
            seen[name] = await burst(name, lambda client=client: client.get(url))
    # A handshake that is over early takes some of the burst with it.
    for name in ("wreq", "rnet"):
        handshakes, shared = seen.pop(name)
        assert handshakes > BURST / 2 and shared <= 5, name
    assert seen == {
        "httpx": (1, 1),
        "primp": (1, 1),
        "wreq, http2_only": (1, 1),
        "wreq, after one": (0, 1),
        "curl_cffi": (10, 10),
        "curl_cffi, 50": (BURST, BURST),
        "curl_cffi, PIPEWAIT": (1, 1),
    }


asyncio.run(main())
EOF
