"""Connections opened by one client, at its own keep-alive limit and with keep-alive limit = connection limit."""

import asyncio
import multiprocessing
import socket
import sys

import httpx

N = 60  # requests at once
CONNECTIONS = 100
KEEP_ALIVE = 20
DELAY_S = 0.1  # of the server
SKIPPED = 1  # rounds before counting
def serve(listening, delay_s):
    accepted = []

    async def answer(reader, writer):
        accepted.append(writer)
        while line := await reader.readline():
            if line == b"\r\n":  # the end of a request
                await asyncio.sleep(delay_s)
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nx-accepted: %d\r\n\r\nbody" % len(accepted))
        writer.close()

    loop = asyncio.new_event_loop()
    loop.run_until_complete(asyncio.start_server(answer, sock=listening, backlog=4096))
    loop.run_forever()

def start_origin(delay_s=0.0):
    listening = socket.create_server(("127.0.0.1", 0))
    multiprocessing.Process(target=serve, args=(listening, delay_s), daemon=True).start()
    return f"http://127.0.0.1:{listening.getsockname()[1]}/"

async def accepted(client, url):
    answers = await asyncio.gather(*(client.get(url) for _ in range(N)))
    return max(int(answer.headers["x-accepted"]) for answer in answers)

async def opened(keep_alive):
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=keep_alive)
    url = start_origin(DELAY_S)
    async with httpx.AsyncClient(timeout=None, trust_env=False, limits=limits) as client:
        counts = [await accepted(client, url) for _ in range(SKIPPED + 3 * (SKIPPED > 0) or 1)]
    return counts[-1] - (counts[SKIPPED - 1] if SKIPPED else 0), (len(counts) - SKIPPED) * N

if __name__ == "__main__":
    for_all, requests = asyncio.run(opened(KEEP_ALIVE))
    kept, _ = asyncio.run(opened(CONNECTIONS))
    print(f"keep-alive limit {KEEP_ALIVE}:  {for_all} connections opened for {requests} requests")
    print(f"keep-alive limit {CONNECTIONS}: {kept} connections opened for {requests} requests")
    sys.exit(0 if for_all > 1.25 * kept + 5 else 1)
