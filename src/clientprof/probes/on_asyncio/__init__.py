"""Instruments of asyncio's own loop, its transports and its TLS."""
