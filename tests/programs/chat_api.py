"""A server that speaks as much of OpenAI's API as a chat needs: ``chat_api.py``, which prints its port.

``GET /count`` says how many chats it was asked for. An answer takes 50 ms, whole or in five events.
"""

import asyncio
import json

_DELAY_S = 0.05
_MESSAGE = {"role": "assistant", "content": "word " * 20}
asked = 0


def _chat(kind: str, choice: dict[str, object]) -> bytes:
    return json.dumps(
        {"id": "chat-1", "object": kind, "created": 1, "model": "m", "choices": [{"index": 0, **choice}]}
    ).encode()


async def _answer(writer: asyncio.StreamWriter, body: bytes) -> None:
    global asked
    asked += 1
    if not json.loads(body).get("stream"):
        await asyncio.sleep(_DELAY_S)
        whole = _chat("chat.completion", {"message": _MESSAGE, "finish_reason": "stop"})
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(whole) + whole
        )
        return
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
    for _ in range(5):
        await asyncio.sleep(_DELAY_S / 5)
        event = b"data: %s\n\n" % _chat("chat.completion.chunk", {"delta": {"content": "word "}, "finish_reason": None})
        writer.write(b"%x\r\n%s\r\n" % (len(event), event))
    writer.write(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            _, _, length = head.lower().partition(b"content-length:")
            body = await reader.readexactly(int(length.split(b"\r\n")[0] or 0))
            if head.startswith(b"GET /count "):
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%d" % (len(str(asked)), asked))
            else:
                await _answer(writer, body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
