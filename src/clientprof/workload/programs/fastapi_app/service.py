"""A FastAPI service whose routes call another server, each in one of the ways people do it.

Written as its users write it: the clients have their defaults and live as long as the service. ``ORIGIN`` is what the routes
call. Run it with ``uvicorn service:app``.
"""

import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import httpx
import requests
from fastapi import FastAPI, HTTPException

ORIGIN = os.environ["ORIGIN"]
of_thread = threading.local()


class Clients:
    """The clients that all requests share."""

    httpx: httpx.AsyncClient
    aiohttp: aiohttp.ClientSession
    requests: requests.Session


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    async with httpx.AsyncClient() as Clients.httpx, aiohttp.ClientSession() as Clients.aiohttp:
        with requests.Session() as Clients.requests:
            yield


app = FastAPI(lifespan=lifespan)


def result(status: int, body: bytes) -> dict[str, int]:
    if status != 200:
        raise HTTPException(502, f"the origin answered {status}")
    return {"bytes": len(body)}


@app.get("/ping")
async def ping() -> dict[str, int]:
    return {"bytes": 0}


@app.get("/httpx")
async def with_httpx() -> dict[str, int]:
    response = await Clients.httpx.get(ORIGIN)
    return result(response.status_code, response.content)


@app.get("/aiohttp")
async def with_aiohttp() -> dict[str, int]:
    async with Clients.aiohttp.get(ORIGIN) as response:
        return result(response.status, await response.read())


@app.get("/blocking")
async def blocking() -> dict[str, int]:
    response = Clients.requests.get(ORIGIN)
    return result(response.status_code, response.content)


@app.get("/threaded")
def threaded() -> dict[str, int]:
    # requests does not promise that a Session may be shared by threads.
    session = getattr(of_thread, "session", None)
    if session is None:
        session = of_thread.session = requests.Session()
    response = session.get(ORIGIN)
    return result(response.status_code, response.content)
