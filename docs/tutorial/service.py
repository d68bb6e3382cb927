"""A FastAPI service that asks another server on every request. Run: uvicorn service:app --port 9000"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with httpx.AsyncClient() as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/price/{item}")
async def price(item: int, request: Request) -> dict[str, int]:
    response = await request.app.state.client.get("http://127.0.0.1:9001/")
    return {"item": item, "price": len(response.content)}
