"""The origin that every script carries: its text is put into the script in place of its import."""

import asyncio
import multiprocessing


def serve(pipe, delay_s):
    accepted = []

    async def answer(reader, writer):
        accepted.append(writer)
        while line := await reader.readline():
            if line == b"\r\n":  # the end of a request
                await asyncio.sleep(delay_s)
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nx-accepted: %d\r\n\r\nbody" % len(accepted))
        writer.close()

    async def main():
        server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=4096)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


def start_origin(delay_s=0.0):
    here, there = multiprocessing.Pipe()
    multiprocessing.Process(target=serve, args=(there, delay_s), daemon=True).start()
    return f"http://127.0.0.1:{here.recv()}/"
