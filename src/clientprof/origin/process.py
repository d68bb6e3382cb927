"""The parent's handle on a server in a process of its own, which it started and therefore ends."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import TypeVar

from clientprof.model.network import LinkMeans, Network
from clientprof.origin.asked_process import AskedProcess
from clientprof.origin.certificates import remove_ca_folder
from clientprof.origin.errors import OriginError
from clientprof.origin.network.link_handle import LinkHandle
from clientprof.origin.options import Options, command_line
from clientprof.origin.ready import OriginReady
from clientprof.origin.truth.connection_log import ConnectionAccounts
from clientprof.origin.truth.journal import Journal

__all__ = ["Journal", "OriginError", "OriginProcess", "OriginReady"]

Account = TypeVar("Account")

_START_S = 20.0
_AS_IT_COMES = Options()


class OriginProcess:
    """A running origin. Context manager; ends the process it started, by id.

    ``network``: clients reach it over such a link, by ``ready.base_urls``, from processes whose command begins with
    ``ready.within``; ``means`` is how the link is imitated, None for the best that the system allows. One handle, one
    process: a closed handle does not start again.
    """

    def __init__(
        self, options: Options = _AS_IT_COMES, *, network: Network | None = None, means: LinkMeans | None = None
    ) -> None:
        self._options = options
        self._link = LinkHandle(network, seed=options.seed, cpu=options.cpu, means=means) if network else None
        self._process: AskedProcess | None = None
        self._ready: OriginReady | None = None

    def start(self) -> OriginReady:
        """Start the server and wait until it listens; again on a running one just says where it listens.

        Raises:
            OriginError: it cannot start (port in use, trustme missing, ...) or did not within 20 s.
        """
        if self._ready is not None:
            return self._ready
        if self._process is not None:
            raise OriginError("this origin has ended; make a new OriginProcess")
        try:
            within: tuple[str, ...] = ()
            options = self._options
            if self._link is not None:
                started = self._link.start()
                within, options = started.within, replace(options, linked=started.means is LinkMeans.PACKETS)
            # -P: a file of the user's folder named like a module must not become part of the server
            command = [*within, sys.executable, "-P", "-m", "clientprof.origin.server", *command_line(options)]
            self._process = AskedProcess("the origin", command, "start the run again")
            ready = OriginReady.from_json(self._process.receive("ready", _START_S))
            if self._link is not None:
                urls = self._link.serve(ready)
                ready = replace(ready, within=within, base_url=urls[0], base_urls=urls)
            self._ready = ready
        except BaseException as error:
            self.close()
            if isinstance(error, ValueError):
                raise OriginError("the origin's first line was not understood; are two versions installed?") from error
            raise
        return self._ready

    def journal(self) -> Journal:
        """The server's account since it started; subtract with ``since``.

        Raises:
            OriginError: the server has died, or does not answer within 10 s and is ended.
        """
        return self._account("journal", "journal", Journal.from_json)

    def mark(self) -> None:
        """Begin a new interval: the journal's maxima start over, and so does every delay sequence.

        Raises:
            OriginError: the server has died, or does not answer within 10 s and is ended.
        """
        self._ask("mark", "marked")

    def hold(self) -> None:
        """Keep back every answer until ``release``; requests and new connections are taken.

        Raises:
            OriginError: the server has died, or does not answer within 10 s and is ended.
        """
        self._ask("hold", "held")

    def release(self) -> None:
        """Give the answers that were kept back, and hold no more; nothing where none are held.

        Raises:
            OriginError: the server has died, or does not answer within 10 s and is ended.
        """
        self._ask("release", "released")

    def connections(self) -> ConnectionAccounts:
        """What became of the latest HTTP/1.1 connections, and of the requests on them.

        Raises:
            OriginError: the server has died, or does not answer within 10 s and is ended.
        """
        return self._account("connections", "log of connections", ConnectionAccounts.from_json)

    @property
    def link(self) -> LinkHandle | None:
        """The link before it; None where there is none."""
        return self._link

    def alive(self) -> bool:
        """Whether the server process runs, and its link where it has one."""
        linked = self._link is None or self._link.alive()
        return self._process is not None and self._process.alive() and linked

    def close(self) -> None:
        """Ask the server to stop; terminate it if it does not within 3 s, kill it 3 s later. Never raises."""
        ready, self._ready = self._ready, None
        if self._process is not None:
            self._process.close()
        if self._link is not None:
            self._link.close()
        if ready is not None and ready.ca_file is not None:
            remove_ca_folder(ready.ca_file)

    def __enter__(self) -> "OriginProcess":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def ready(self) -> OriginReady:
        """Where the server listens.

        Raises:
            OriginError: it was not started, or has been closed.
        """
        if self._ready is None:
            raise OriginError("the origin is not running; call start() first")
        return self._ready

    def _account(self, name: str, called: str, read: Callable[[Mapping[str, object]], Account]) -> Account:
        """The server's answer to that command, as ``read`` understands it; ``called`` is its name in messages."""
        try:
            return read(self._ask(name, name))
        except ValueError as error:
            raise OriginError(f"the origin's {called} was not understood: {error}") from error

    def _ask(self, command: str, key: str) -> dict[str, object]:
        if self._process is None or self._ready is None:
            raise OriginError("the origin is not running; call start() first")
        return self._process.ask(command, key)
