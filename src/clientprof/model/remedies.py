"""Remedies that several findings and suspects give alike: code to paste."""

HTTPX_OVER_AIOHTTP = "import httpx_aiohttp  # pip install httpx-aiohttp\n\nclient = httpx_aiohttp.HttpxAiohttpClient()"
