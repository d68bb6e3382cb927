"""Sessions that nobody traces."""

from typing import Any

from aiohttp import ClientSession


def apply(_package: str) -> None:
    building: Any = ClientSession.__init__

    def build(self: ClientSession, *args: Any, **options: Any) -> None:
        building(self, *args, **options | {"trace_configs": None})

    ClientSession.__init__ = build  # type: ignore[method-assign]
