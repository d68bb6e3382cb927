"""The link's process: ``python -m clientprof.origin.network.link_process NETWORK``. Ends when its standard input does.

Commands on standard input, one a line, each answered by one JSON line: ``serve [[host, port], ...]`` (the server's ends),
``account``.
"""

import argparse
import gc
import json
import os
import signal
import sys
from dataclasses import asdict
from typing import Protocol

from clientprof.model.network import LinkAccount, LinkMeans, Network, Stall
from clientprof.origin.control import send
from clientprof.origin.errors import OriginError
from clientprof.origin.network.packet_link import PacketLink
from clientprof.origin.network.private_network import NoPrivateNetwork, make_private_network, sharpen_timers
from clientprof.origin.network.stream_link import StreamLink

Ends = list[tuple[str, int]]


class Carrier(Protocol):
    """A means of imitating a link."""

    def serve(self, ends: Ends) -> Ends:
        """Carry for a server that listens there; where clients connect instead.

        Raises:
            OriginError: it cannot.
        """

    def turn(self, commands: int) -> bool:
        """Carry what is due, wait for more; whether there is something to read from ``commands``."""

    def account(self) -> LinkAccount:
        """What was carried so far."""


def main(argv: list[str] | None = None) -> int:
    """Carry until told to stop; 0 then, 1 with one JSON line that says why if the link cannot be made."""
    parser = argparse.ArgumentParser(prog="python -m clientprof.origin.network.link_process", description=__doc__)
    parser.add_argument("network", type=_network)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cpu", type=int)
    parser.add_argument("--means", choices=[str(each) for each in LinkMeans])
    options = parser.parse_args(argv)
    if not sys.stdin.isatty():
        signal.signal(
            signal.SIGINT, signal.SIG_IGN
        )  # Ctrl-C goes to everybody; the parent still wants what it interrupted
    if options.cpu is not None and sys.platform == "linux":
        os.sched_setaffinity(0, {options.cpu})
    sharpen_timers()
    try:
        carrier, ready = _carrier(options.network, options.seed, options.means)
        gc.collect()
        gc.freeze()
        gc.disable()  # nothing here makes cycles, and a pause would be a delay
        send({"ready": {"pid": os.getpid(), **ready}})
        _run(carrier)
    except OriginError as error:
        send({"error": str(error)})
        return 1
    except (BrokenPipeError, KeyboardInterrupt):
        pass
    return 0


def _network(text: str) -> Network:
    try:
        values = json.loads(text)
        stall = values.pop("stall")
        return Network(**values, stall=None if stall is None else Stall(**stall))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise argparse.ArgumentTypeError(f"{text!r} is not a network, as JSON") from None


def _carrier(network: Network, seed: int, means: str | None) -> tuple[Carrier, dict[str, object]]:
    why_not = ""
    if means != LinkMeans.STREAMS:
        try:
            device, users = make_private_network()
        except NoPrivateNetwork as error:
            why_not = str(error)
            if means is not None:
                raise OriginError(f"the link cannot carry packets here: {why_not}") from None
        else:
            about = {"means": LinkMeans.PACKETS, "why_not": "", "users": users}
            return PacketLink(device, network, seed=seed), about
    about = {"means": LinkMeans.STREAMS, "why_not": why_not or "asked for", "users": False}
    return StreamLink(network, seed=seed), about


def _run(carrier: Carrier) -> None:
    pending = b""
    while True:
        if not carrier.turn(0):
            continue
        data = os.read(0, 65_536)
        if not data:
            return
        *lines, pending = (pending + data).split(b"\n")
        for line in lines:
            _obey(carrier, line.decode("utf-8", "replace"))


def _obey(carrier: Carrier, line: str) -> None:
    command, _, rest = line.partition(" ")
    if command == "serve":
        try:
            ends = carrier.serve([(host, port) for host, port in json.loads(rest)])
        except OriginError as error:
            send({"error": str(error)})
        else:
            send({"serving": {"ends": ends}})
    elif command == "account":
        send({"account": asdict(carrier.account())})
    else:
        send({"error": f"unknown command {command[:40]!r}; there are serve and account"})


if __name__ == "__main__":
    sys.exit(main())
