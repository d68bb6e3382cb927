"""The server's options: what the command line says, as a type."""

import argparse
from dataclasses import dataclass

from clientprof.origin.engine import ENGINES

MAX_HOSTS = 2_000
DEFAULT_STREAMS = 250
"""Requests at once on a connection of HTTP/2, as in Go's server; nginx allows 128, others 100."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Settings of one server. None: never, or no limit.

    ``tls`` serves HTTPS with a CA made for this run; ``port`` 0 lets the system choose; ``cpu`` pins the server (Linux);
    ``seed`` is of its delay sequences; ``engine`` is ``auto`` or ``standard``; ``accept_delay_ms`` holds each new
    connection for so long; ``max_requests_per_connection`` and ``keepalive_s`` close connections; ``hosts`` is the number
    of origins that it serves (``ready.base_urls``); ``http2`` serves HTTP/2 beside HTTP/1.1, to clients that choose it by
    ALPN (with ``tls``) or by prior knowledge (without), ``http2_streams`` requests at once on a connection;
    ``silent_close`` leaves out ``Connection: close``; every ``refuse_every``th request gets 503 with ``Retry-After:
    retry_after_s``; ``linked``: it stands at the far end of a link in a private network (``network/private_network.py``).
    """

    port: int = 0
    tls: bool = False
    cpu: int | None = None
    seed: int = 1
    engine: str = "auto"
    accept_delay_ms: int = 0
    max_requests_per_connection: int | None = None
    keepalive_s: float | None = None
    hosts: int = 1
    http2: bool = False
    http2_streams: int = DEFAULT_STREAMS
    silent_close: bool = False
    refuse_every: int = 0
    retry_after_s: int = 1
    linked: bool = False


def parse_options(argv: list[str]) -> Options:
    """The options of a command line; argparse ends the process with its message if they are wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m clientprof.origin.server",
        description="Local HTTP server on 127.0.0.1 (and ::1, where the port is free there too, so that localhost "
        "works). Prints one JSON line when ready; reads commands from standard input, one a line: journal, mark, "
        "connections, stop. Ends when its standard input does.",
    )
    parser.add_argument("--port", type=_Bounded(0, 65535), default=0, help="0 lets the system choose")
    parser.add_argument("--tls", action="store_true", help="HTTPS with a CA made for this run")
    parser.add_argument("--cpu", type=_Bounded(0, 4095), default=None, help="pin the server to this CPU")
    parser.add_argument("--seed", type=int, default=1, help="seed of the delay sequences")
    parser.add_argument("--engine", choices=ENGINES, default="auto", help="standard: no uvloop, no httptools")
    parser.add_argument(
        "--accept-delay-ms",
        type=_Bounded(0, 600_000),
        default=0,
        help="hold each new connection so long before its TLS handshake or first read; the kernel has accepted it",
    )
    parser.add_argument("--max-requests-per-connection", type=_Bounded(1, 10**9), default=None, metavar="N")
    parser.add_argument(
        "--keepalive-s", type=_seconds, default=None, metavar="S", help="close connections idle for so long"
    )
    parser.add_argument(
        "--hosts",
        type=_Bounded(1, MAX_HOSTS),
        default=1,
        help="so many origins in one server: 127.0.0.1, 127.0.0.2, ..., or as many ports where those are missing",
    )
    parser.add_argument("--http2", action="store_true", help="HTTP/2 too: by ALPN with --tls, else by prior knowledge")
    parser.add_argument(
        "--http2-streams",
        type=_Bounded(1, 2**31 - 1),
        default=DEFAULT_STREAMS,
        metavar="N",
        help="requests at once on a connection of HTTP/2 (SETTINGS_MAX_CONCURRENT_STREAMS)",
    )
    parser.add_argument("--silent-close", action="store_true", help="do not announce the close after the last request")
    parser.add_argument(
        "--refuse-every", type=_Bounded(0, 10**9), default=0, metavar="N", help="503 to every Nth request"
    )
    parser.add_argument("--retry-after-s", type=_Bounded(0, 3600), default=1, metavar="S", help="what Retry-After says")
    parser.add_argument("--linked", action="store_true", help="listen where the link of a private network ends")
    return Options(**vars(parser.parse_args(argv)))


def command_line(options: Options) -> list[str]:
    """The arguments that give these options again."""
    arguments = ["--port", str(options.port), "--seed", str(options.seed), "--engine", options.engine]
    arguments += ["--accept-delay-ms", str(options.accept_delay_ms)]
    if options.tls:
        arguments.append("--tls")
    if options.cpu is not None:
        arguments += ["--cpu", str(options.cpu)]
    if options.max_requests_per_connection is not None:
        arguments += ["--max-requests-per-connection", str(options.max_requests_per_connection)]
    if options.keepalive_s is not None:
        arguments += ["--keepalive-s", str(options.keepalive_s)]
    if options.hosts > 1:
        arguments += ["--hosts", str(options.hosts)]
    if options.http2:
        arguments += ["--http2", "--http2-streams", str(options.http2_streams)]
    if options.silent_close:
        arguments.append("--silent-close")
    if options.refuse_every:
        arguments += ["--refuse-every", str(options.refuse_every), "--retry-after-s", str(options.retry_after_s)]
    if options.linked:
        arguments.append("--linked")
    return arguments


class _Bounded:
    def __init__(self, least: int, most: int) -> None:
        self._least, self._most = least, most

    def __call__(self, text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
        if not self._least <= number <= self._most:
            raise argparse.ArgumentTypeError(f"{text} is not between {self._least} and {self._most}")
        return number


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds") from None
    if not 0.01 <= seconds <= 86_400:
        raise argparse.ArgumentTypeError(f"{text} is not between 0.01 and 86400 seconds")
    return seconds
