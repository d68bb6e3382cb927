"""Event loops inside a program: asyncio's, uvloop's and trio's, each with a lane."""
