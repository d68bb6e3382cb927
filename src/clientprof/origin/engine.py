"""What the server runs on: uvloop and httptools where they are installed, else the standard library."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from clientprof.origin.wire.parser import Known, RequestParser
from clientprof.origin.wire.standard_parser import StandardParser

ENGINES = ("auto", "standard")


@dataclass(frozen=True, slots=True)
class Engine:
    """``name`` is what the ready line says. ``timer_slack_s``: how much too early the loop's timers may fire."""

    name: str
    new_loop: Callable[[], asyncio.AbstractEventLoop]
    new_parser: Callable[[Known], RequestParser]
    timer_slack_s: float


def choose(wanted: str) -> Engine:
    """The engine for ``auto`` (the fastest that is installed) or ``standard`` (asyncio and our own parser)."""
    loop_name, parser_name = "asyncio", "standard library"
    # not asyncio.new_event_loop: where that makes a proactor (Windows), our own accepting has nothing to wait on
    new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.SelectorEventLoop
    new_parser: Callable[[Known], RequestParser] = StandardParser
    timer_slack_s = 0.0
    if wanted == "auto":
        try:
            import uvloop
        except ImportError:
            pass
        else:
            # libuv counts whole milliseconds from a floored clock, so its timers may fire up to 1 ms early
            loop_name, new_loop, timer_slack_s = "uvloop", uvloop.new_event_loop, 0.001
        try:
            from clientprof.origin.wire.native_parser import NativeParser
        except ImportError:
            pass
        else:
            parser_name, new_parser = "httptools", NativeParser
    return Engine(f"{loop_name} + {parser_name}", new_loop, new_parser, timer_slack_s)
