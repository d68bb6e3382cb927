"""The options that say what load to put on a client: the same for every measuring command."""

import argparse
from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from clientprof.cli import CommandError

if TYPE_CHECKING:
    from clientprof.model.network import Network
    from clientprof.workload.load.scenario import Scenario, Trust


# What each option is where it is not given: the parser leaves None, so that what the user wrote can be told from it.
_DEFAULTS: dict[str, object] = {
    "n": 512, "tls": False, "http2": False, "loop": "asyncio", "client_each": False, "hosts": 1, "size": "1k", "delay": 0.0,
    "delay_kind": "fixed", "chunks": 0, "gap": 0.0, "events": False, "streamed": False, "upload": "bytes", "cookies": 0,
    "jar": 0, "redirects": 0, "silent_close": False, "accept_delay": 0, "refuse": 0, "retry_after": 1, "by_name": False,
}  # fmt: skip
# All options that a label says too.
_IN_LABEL = (
    *_DEFAULTS,
    "requests",
    "rate",
    "limit",
    "keepalive",
    "encoding",
    "post",
    "close_after",
    "h2_streams",
    "idle_close",
    "bandwidth",
    "stall",
    "trust",
    "rtt",
    "jitter",
)
# Of these, what the local server alone can follow, with the field of the scenario.
_OF_SERVER = {
    "hosts": "hosts", "size": "", "delay": "delay_ms", "delay_kind": "delay_kind", "gap": "gap_ms", "encoding": "encoding",
    "close_after": "close_after", "h2_streams": "h2_streams", "silent_close": "silent_close", "idle_close": "idle_close_ms",
    "accept_delay": "accept_delay_ms", "refuse": "refuse_every", "retry_after": "retry_after_s", "rtt": "rtt_ms",
    "jitter": "jitter_ms", "bandwidth": "bits_per_s", "stall": "stall", "trust": "trust",
    "by_name": "by_name",
}  # fmt: skip


def add_load_arguments(parser: argparse.ArgumentParser, *, n: bool = True) -> None:
    """Add the options that ``scenario_of`` reads; without ``n``, the command has its own ``-n`` and sets ``n``."""
    load = parser.add_argument_group("load")
    if n:
        load.add_argument("-n", type=int, metavar="N", help="requests in flight at once (default: 512)")
    load.add_argument("--scenario", metavar="LABEL", help="the whole load as one label, such as c512/1k or c64/64k/tls")
    load.add_argument(
        "--requests", type=int, metavar="N", help="requests in a round, -n of them in flight (default: as many as -n)"
    )
    load.add_argument(
        "--rate", type=float, metavar="R", help="start R requests a second, no matter how many are in flight"
    )
    load.add_argument("--tls", action="store_true", default=None, help="HTTPS, verified against a CA made for this run")
    load.add_argument(
        "--http2", action="store_true", default=None, help="HTTP/2, agreed on in the TLS handshake; needs --tls"
    )
    add_trust_argument(load)
    load.add_argument("--loop", metavar="NAME", help="asyncio, uvloop or trio (default: asyncio)")
    load.add_argument(
        "--limit", type=int, metavar="N", help="the most connections the client may open (default: its own limit)"
    )
    load.add_argument(
        "--keepalive", type=int, metavar="N", help="the most idle connections it keeps (default: its own limit)"
    )
    load.add_argument("--client-each", action="store_true", default=None, help="a new client for every request")
    load.add_argument(
        "--by-name", action="store_true", default=None, help="reach the server by name, so that clients look it up"
    )
    load.add_argument("--hosts", type=int, metavar="N", help="spread the requests over N hosts (default: 1)")

    asked = parser.add_argument_group("request and response")
    asked.add_argument("--size", metavar="BYTES", help="size of a response body: 0, 1500, 64k (default: 1k)")
    asked.add_argument("--delay", type=float, metavar="MS", help="ms the server takes to answer (default: 0)")
    asked.add_argument("--delay-kind", metavar="KIND", help="fixed or exponential (default: fixed)")
    asked.add_argument("--chunks", type=int, metavar="N", help="send the response body in N chunks")
    asked.add_argument("--gap", type=float, metavar="MS", help="ms between chunks (default: 0)")
    asked.add_argument(
        "--events", action="store_true", default=None, help="chunks are server-sent events, read line by line"
    )
    asked.add_argument("--streamed", action="store_true", default=None, help="read the response body piece by piece")
    asked.add_argument("--encoding", metavar="NAME", help="compress the response body: gzip, br or zstd")
    asked.add_argument("--post", metavar="BYTES", help="POST a body of this size")
    asked.add_argument(
        "--upload", metavar="KIND", help="how that body is sent: bytes, stream or multipart (default: bytes)"
    )
    asked.add_argument("--cookies", type=int, metavar="N", help="new cookies in each response (default: 0)")
    asked.add_argument("--jar", type=int, metavar="N", help="cookies the client has from the start (default: 0)")
    asked.add_argument("--redirects", type=int, metavar="N", help="redirects before the answer (default: 0)")
    _add_server_arguments(parser)
    add_network_arguments(parser)


def add_trust_argument(group: "argparse._ArgumentGroup") -> None:
    """Add ``--trust``."""
    group.add_argument(
        "--trust",
        metavar="NAME",
        help="what TLS is verified against: own, the CA of this run alone, or default, the client's own store with it",
    )


def add_network_arguments(parser: argparse.ArgumentParser) -> "argparse._ArgumentGroup":
    """Add the options that say what lies between client and server, which ``network_of`` reads."""
    network = parser.add_argument_group("network")
    network.add_argument(
        "--rtt", type=float, metavar="MS", help="how long a round trip to the server takes (default: 0)"
    )
    network.add_argument(
        "--jitter", type=float, metavar="MS", help="how much round trips vary, up and down (default: 0)"
    )
    network.add_argument("--bandwidth", metavar="BITS", help="the most bits a second, each way: 500k, 10m, 1g")
    network.add_argument(
        "--stall", metavar="MS/S", help="let nothing pass for MS milliseconds in every S seconds: 200/5"
    )
    return network


def trust_of(arguments: argparse.Namespace) -> "Trust":
    """What TLS is to be verified against.

    Raises:
        CommandError: there is no such store.
    """
    from clientprof.workload.load.scenario import Trust

    return Trust(_one_of("--trust", Trust, arguments.trust or "own"))


def network_of(arguments: argparse.Namespace) -> "Network":
    """The network that the options describe.

    Raises:
        CommandError: there can be none such; the message says what to write instead.
    """
    from clientprof.model.network import Network, NetworkError, Stall, parse_bandwidth

    try:
        return Network(
            arguments.rtt or 0.0,
            arguments.jitter or 0.0,
            None if arguments.bandwidth is None else parse_bandwidth(arguments.bandwidth),
            None if arguments.stall is None else Stall.parse(arguments.stall),
        )
    except NetworkError as error:
        raise CommandError(str(error), code=2) from None


def _add_server_arguments(parser: argparse.ArgumentParser) -> None:
    served = parser.add_argument_group("server")
    served.add_argument(
        "--h2-streams",
        type=int,
        metavar="N",
        help="requests at once that the server allows on a connection of HTTP/2 (default: 250); needs --http2",
    )
    served.add_argument(
        "--close-after",
        type=int,
        metavar="N",
        help="close each connection after N answers (1: always `Connection: close`)",
    )
    served.add_argument(
        "--silent-close", action="store_true", default=None, help="close without announcing it by `Connection: close`"
    )
    served.add_argument(
        "--idle-close", type=int, metavar="MS", help="close connections that have been idle for this long"
    )
    served.add_argument(
        "--accept-delay", type=int, metavar="MS", help="ignore each new connection for this long (default: 0)"
    )
    served.add_argument("--refuse", type=int, metavar="N", help="answer every Nth request with 503 and Retry-After")
    served.add_argument("--retry-after", type=int, metavar="S", help="seconds in Retry-After (default: 1)")


def scenario_of(arguments: argparse.Namespace) -> "Scenario":
    """The scenario that the options describe.

    Raises:
        CommandError: they make no sense, or contradict one another; the message says what to write instead.
    """
    from clientprof.workload.load.scenario import (
        DelayKind,
        Encoding,
        Loop,
        Scenario,
        ScenarioError,
        Upload,
        parse_size,
    )
    from clientprof.workload.load.scenario_labels import parse_label

    given = load_options(arguments)
    if arguments.scenario is not None and given:
        verb = "say" if len(given) > 1 else "says"
        raise CommandError(
            f"--scenario {arguments.scenario} is the whole load, and {' and '.join(given)} {verb} it again; "
            "write all of it into the label, or leave the label out",
            code=2,
        )
    try:
        if arguments.scenario is not None:
            return parse_label(arguments.scenario)
        arguments, network = _with_defaults(arguments), network_of(arguments)
        return Scenario(
            concurrency=arguments.n,
            size_bytes=parse_size(arguments.size),
            tls=arguments.tls,
            limit=arguments.limit,
            delay_ms=arguments.delay,
            requests=arguments.requests,
            rate_per_s=arguments.rate,
            http2=arguments.http2,
            loop=_one_of("--loop", Loop, arguments.loop),
            keepalive=arguments.keepalive,
            delay_kind=_one_of("--delay-kind", DelayKind, arguments.delay_kind),
            upload_bytes=None if arguments.post is None else parse_size(arguments.post),
            upload=_one_of("--upload", Upload, arguments.upload),
            chunks=arguments.chunks,
            gap_ms=arguments.gap,
            events=arguments.events,
            streamed=arguments.streamed,
            encoding=None if arguments.encoding is None else _one_of("--encoding", Encoding, arguments.encoding),
            cookies=arguments.cookies,
            jar=arguments.jar,
            redirects=arguments.redirects,
            client_each=arguments.client_each,
            hosts=arguments.hosts,
            h2_streams=arguments.h2_streams,
            close_after=arguments.close_after,
            silent_close=arguments.silent_close,
            idle_close_ms=arguments.idle_close,
            accept_delay_ms=arguments.accept_delay,
            refuse_every=arguments.refuse,
            retry_after_s=arguments.retry_after,
            rtt_ms=network.rtt_ms,
            jitter_ms=network.jitter_ms,
            bits_per_s=network.bits_per_s,
            stall=network.stall,
            trust=trust_of(arguments),
            by_name=arguments.by_name,
        )
    except ScenarioError as error:
        raise CommandError(str(error), code=2) from None


def load_options(arguments: argparse.Namespace, among: Sequence[str] = _IN_LABEL) -> list[str]:
    """The options of the load that the user gave, as written on the command line."""
    names = [name for name in among if getattr(arguments, name, None) is not None]
    return ["-n" if name == "n" else f"--{name.replace('_', '-')}" for name in names]


def server_options(arguments: argparse.Namespace, scenario: "Scenario") -> list[str]:
    """Those that only the local server can follow, given as options or as parts of the label."""
    given = load_options(arguments, tuple(_OF_SERVER))
    if arguments.scenario is None:
        return given
    defaults = {field.name: field.default for field in fields(scenario)}
    return [
        f"--{name.replace('_', '-')} (in --scenario)"
        for name, of in _OF_SERVER.items()
        if of and getattr(scenario, of) != defaults[of]
    ]


def refuse_load_options(arguments: argparse.Namespace, why: str) -> None:
    """Refuse options of the load where nothing would follow them; ``why`` is the sentence that says what does.

    Raises:
        CommandError: one was given.
    """
    given = [*load_options(arguments), *(["--scenario"] if arguments.scenario is not None else [])]
    if given:
        raise CommandError(f"{why}; leave out {', '.join(given)}", code=2)


def _with_defaults(arguments: argparse.Namespace) -> argparse.Namespace:
    given = {name: value for name, value in vars(arguments).items() if value is not None}
    return argparse.Namespace(**{**vars(arguments), **_DEFAULTS, **given})


def _one_of(option: str, kind: Any, text: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise CommandError(f"{option} is one of {', '.join(kind)}, not {text!r}", code=2) from None
