"""Sessions that keep no cookies, where no jar was given."""

from typing import Any

from aiohttp import ClientSession, DummyCookieJar


def apply(_package: str) -> None:
    building: Any = ClientSession.__init__

    def build(self: ClientSession, *args: Any, **options: Any) -> None:
        if options.get("cookie_jar") is None and not options.get("cookies"):
            options["cookie_jar"] = DummyCookieJar()
        building(self, *args, **options)

    ClientSession.__init__ = build  # type: ignore[method-assign]
