"""The service of many reports: a route for each way to call an upstream, the clients shared by all requests."""

import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import httpx
import requests
from fastapi import FastAPI

UPSTREAM = os.environ["UPSTREAM"]
clients: dict[str, object] = {}


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    async with httpx.AsyncClient() as client, aiohttp.ClientSession() as session:
        clients.update(httpx=client, aiohttp=session, requests=requests.Session())
        # Under load the collector would look at all that has been imported twice a second, 45 ms each: a tenth of the loop.
        gc.collect()
        gc.freeze()
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/ping")
async def ping() -> dict[str, int]:
    return {"bytes": 0}


@app.get("/httpx/{number}")
async def with_httpx(number: int) -> dict[str, int]:
    response = await clients["httpx"].get(UPSTREAM)
    return {"bytes": len(response.content) + 0 * number}


@app.get("/aiohttp")
async def with_aiohttp() -> dict[str, int]:
    async with clients["aiohttp"].get(UPSTREAM) as response:
        return {"bytes": len(await response.read())}


@app.get("/blocking")
async def blocking() -> dict[str, int]:
    return {"bytes": len(clients["requests"].get(UPSTREAM).content)}


@app.get("/threaded")
def threaded() -> dict[str, int]:
    return {"bytes": len(clients["requests"].get(UPSTREAM).content)}
