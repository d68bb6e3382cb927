"""Two hundred chats in flight through OpenAI's own SDK, half of them streamed, twice, and ten tasks that are nothing but its
call: ``asks_openai.py URL``."""

import asyncio
import sys

from openai import AsyncOpenAI

ASKED = [{"role": "user", "content": "Say something."}]


async def main(url: str) -> None:
    async with AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:

        async def whole() -> None:
            answer = await client.chat.completions.create(model="m", messages=ASKED)
            assert answer.choices[0].message.content

        async def streamed() -> None:
            stream = await client.chat.completions.create(model="m", messages=ASKED, stream=True)
            assert len([event async for event in stream]) == 5

        for _ in range(2):
            await asyncio.gather(*(asks() for _ in range(100) for asks in (whole, streamed)))
        await asyncio.gather(*(client.chat.completions.create(model="m", messages=ASKED) for _ in range(10)))


asyncio.run(main(sys.argv[1]))
