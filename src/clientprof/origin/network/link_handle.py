"""The parent's handle on the link: which means it has, where clients find the server behind it, its account."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from clientprof.model.network import LinkAccount, LinkMeans, Network
from clientprof.origin.asked_process import AskedProcess
from clientprof.origin.errors import OriginError
from clientprof.origin.network.private_network import enter_command
from clientprof.origin.ready import OriginReady

_START_S = 20.0


@dataclass(frozen=True, slots=True)
class LinkStarted:
    """How the link is imitated; ``why_not`` packet by packet, empty where it is. ``within`` begins the commands of processes
    that are to be in its network. ``pid`` is the link's process.
    """

    means: LinkMeans
    why_not: str
    within: tuple[str, ...]
    pid: int = 0


class LinkHandle:
    """One link in a process of its own. ``means`` None takes packets where the system allows them, else streams."""

    def __init__(
        self, network: Network, *, seed: int = 1, cpu: int | None = None, means: LinkMeans | None = None
    ) -> None:
        self.network = network
        self._command: Sequence[str] = [
            sys.executable, "-P", "-m", "clientprof.origin.network.link_process", json.dumps(asdict(network)),
            "--seed", str(seed),
            *([] if cpu is None else ["--cpu", str(cpu)]),
            *([] if means is None else ["--means", means]),
        ]  # fmt: skip
        self._process: AskedProcess | None = None
        self.started: LinkStarted | None = None

    def start(self) -> LinkStarted:
        """Start it.

        Raises:
            OriginError: it cannot be started, or not by the means that was asked for.
        """
        self._process = AskedProcess("the link", self._command, "start the run again")
        match self._process.receive("ready", _START_S):
            case {"pid": int(pid), "means": str(means), "why_not": str(why_not), "users": bool(users)}:
                within = enter_command(pid, users=users) if means == LinkMeans.PACKETS else ()
                self.started = LinkStarted(LinkMeans(means), why_not, within, pid)
                return self.started
        raise OriginError("the link's first line was not understood; are two versions installed?")

    def serve(self, ready: OriginReady) -> tuple[str, ...]:
        """Begin to carry for that server; where clients find it, as ``base_urls`` has it.

        Raises:
            OriginError: it cannot.
        """
        assert self._process is not None
        parts = [urlsplit(url) for url in ready.base_urls]
        ends = json.dumps([[part.hostname, part.port] for part in parts])
        match self._process.ask(f"serve {ends}", "serving"):
            case {"ends": list(found)} if len(found) == len(parts):
                return tuple(f"{part.scheme}://{host}:{port}" for part, (host, port) in zip(parts, found, strict=True))
        raise OriginError("the link's answer was not understood; are two versions installed?")

    def account(self) -> LinkAccount:
        """What it has carried so far.

        Raises:
            OriginError: it has died, or does not answer.
        """
        assert self._process is not None
        values = self._process.ask("account", "account")
        try:
            return LinkAccount(**values)  # type: ignore[arg-type]  # a field that is missing or too many is a TypeError
        except TypeError as error:
            raise OriginError(f"the link's account was not understood: {error}") from error

    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.alive()

    def close(self) -> None:
        """End it. Never raises."""
        if self._process is not None:
            self._process.close()
