"""The service: a FastAPI app whose routes call the origin, each in one of the ways people do it.

Written as its users write it: the clients have their defaults and live as long as the app. Beside the routes there are
only counts, and the two calls by which the ledger hears of an answer and of a blocking call.
"""

import threading
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from typing import Any

ASGI = Any  # an ASGI 3 application; FastAPI's own type is not there unless FastAPI is installed


class Watching:
    """What the routes tell of their calls; by itself it listens to nothing."""

    def answered(self, headers: Any) -> None:
        """The origin's answer came, with these headers."""

    def blocking(self) -> AbstractContextManager[None]:
        """Around a call that blocks the event loop."""
        return nullcontext()


class Service:
    """The app and its counts: ``entered`` and ``left`` count the calls of routes, ``called`` those of the origin."""

    def __init__(self, origin_url: str, watching: Watching) -> None:
        self.entered = 0
        self.left = 0
        self.called = 0
        self._url = origin_url
        self._watching = watching
        self._counting = threading.Lock()
        self.app: ASGI = self._build()

    def _enter(self, *, calls: bool) -> None:
        with self._counting:
            self.entered += 1
            self.called += calls

    def _leave(self) -> None:
        with self._counting:
            self.left += 1

    def _build(self) -> ASGI:
        import aiohttp
        import httpx
        import requests
        from fastapi import FastAPI, HTTPException

        service, watching, url = self, self._watching, self._url
        clients: dict[str, Any] = {}
        of_thread = threading.local()

        @asynccontextmanager
        async def lifespan(_app: Any) -> AsyncIterator[None]:
            async with httpx.AsyncClient() as client, aiohttp.ClientSession() as session:
                clients.update(httpx=client, aiohttp=session)
                with requests.Session() as blocking:
                    clients["requests"] = blocking
                    yield

        api = FastAPI(lifespan=lifespan)

        def result(status: int, body: bytes, headers: Any) -> dict[str, int]:
            watching.answered(headers)
            if status != 200:
                raise HTTPException(502, f"the origin answered {status}")
            return {"bytes": len(body)}

        @api.get("/ping")
        async def ping() -> dict[str, int]:
            service._enter(calls=False)
            service._leave()
            return {"bytes": 0}

        @api.get("/httpx")
        async def with_httpx() -> dict[str, int]:
            service._enter(calls=True)
            try:
                response = await clients["httpx"].get(url)
                return result(response.status_code, response.content, response.headers)
            finally:
                service._leave()

        @api.get("/aiohttp")
        async def with_aiohttp() -> dict[str, int]:
            service._enter(calls=True)
            try:
                async with clients["aiohttp"].get(url) as response:
                    return result(response.status, await response.read(), response.headers)
            finally:
                service._leave()

        @api.get("/blocking")
        async def blocking() -> dict[str, int]:
            service._enter(calls=True)
            try:
                with watching.blocking():
                    response = clients["requests"].get(url)
                return result(response.status_code, response.content, response.headers)
            finally:
                service._leave()

        @api.get("/threaded")
        def threaded() -> dict[str, int]:
            service._enter(calls=True)
            try:
                # requests does not promise that a Session may be shared by threads.
                session = getattr(of_thread, "session", None)
                if session is None:
                    session = of_thread.session = requests.Session()
                response = session.get(url)
                return result(response.status_code, response.content, response.headers)
            finally:
                service._leave()

        return api
