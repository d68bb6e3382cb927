"""The server process: ``python -m clientprof.origin.server``. Loopback only; ends when its standard input does."""

import asyncio
import gc
import os
import signal
import socket
import sys
from contextlib import ExitStack
from typing import Any

from clientprof.origin.answers.bodies import body
from clientprof.origin.certificates import temporary_certificates
from clientprof.origin.control import Control, send
from clientprof.origin.engine import choose
from clientprof.origin.errors import OriginError
from clientprof.origin.listener import Listener, address_of, bind, bind_linked, bind_more
from clientprof.origin.network.private_network import HOSTS
from clientprof.origin.options import Options, parse_options
from clientprof.origin.ready import OriginReady
from clientprof.origin.site import Site, make_site
from clientprof.origin.truth.stamps import clock_identity

_MAX_COMPLAINTS = 100
_STOP_TRIES, _STOP_STEP_S = 20, 0.01  # for what is written to leave


def main(argv: list[str] | None = None) -> int:
    """Serve until told to stop; 0 then, 1 with one JSON line that says why if the server cannot start."""
    options = parse_options(sys.argv[1:] if argv is None else argv)
    if not sys.stdin.isatty():
        # Ctrl-C goes to everybody in the terminal; the parent still wants the journal of what it interrupted
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with ExitStack() as stack:
            _serve(options, stack)
    except OriginError as error:
        send({"error": str(error)})
        return 1
    except (BrokenPipeError, KeyboardInterrupt):
        pass  # nobody to serve any more
    return 0


def _serve(options: Options, stack: ExitStack) -> None:
    _pin(options.cpu)
    _raise_file_limit()
    bound = bind_linked(options.port) if options.linked else bind(options.port)
    sockets = [stack.enter_context(sock) for sock in bound]
    port = sockets[0].getsockname()[1]
    if options.linked:
        origins = [(address_of(number, HOSTS), port) for number in range(1, options.hosts + 1)]
        addresses = tuple(address for address, _ in origins)
    else:
        more = [stack.enter_context(sock) for sock in bind_more(port, options.hosts)]
        origins = [sock.getsockname()[:2] for sock in (sockets[0], *more)]
        sockets += more
        addresses = tuple(dict.fromkeys(sock.getsockname()[0] for sock in sockets))
    certificates = stack.enter_context(temporary_certificates(addresses, http2=options.http2)) if options.tls else None
    body(1)  # the first request must not pay for making the text
    engine = choose(options.engine)
    loop = engine.new_loop()
    stack.callback(loop.close)
    loop.set_exception_handler(_Complaints())
    site = make_site(loop, engine, options)
    listener = Listener(site, certificates)
    for sock in sockets:
        listener.start(sock)
    if options.keepalive_s is not None:
        site.sweep_idle(options.keepalive_s)
    # What is loaded stays: without it in the collector's view, and with rare passes, answering has fewer pauses.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    scheme = "https" if options.tls else "http"
    base_urls = tuple(f"{scheme}://{address}:{number}" for address, number in origins)
    ready = OriginReady(
        pid=os.getpid(),
        port=port,
        base_url=base_urls[0],
        ca_file=certificates.ca_file if certificates else None,
        engine=engine.name,
        hosts=addresses,
        identity=clock_identity(),
        base_urls=base_urls,
    )
    loop.call_soon(_announce, site, ready)
    loop.run_forever()
    _end(site, sockets)


def _announce(site: Site, ready: OriginReady) -> None:
    loop = site.loop
    # in the running loop: uvloop loses a signal that arrives between add_signal_handler and run_forever
    if sys.platform != "win32":
        loop.add_signal_handler(signal.SIGTERM, loop.stop)
    try:
        send({"ready": ready.to_json()})
    except OSError:
        loop.stop()  # whoever started the server is gone
    else:
        Control(site, loop.stop).start()  # not earlier: the ready line is the first


def _end(site: Site, sockets: list[socket.socket]) -> None:
    for sock in sockets:
        site.loop.remove_reader(sock.fileno())
    site.loop.run_until_complete(_close_all(site))


async def _close_all(site: Site) -> None:
    for connection in list(site.connections):
        connection.close("stop")
    for _ in range(_STOP_TRIES):
        if site.connections:
            await asyncio.sleep(_STOP_STEP_S)
    for connection in list(site.connections):
        connection.close("stop", at_once=True)
    unfinished = asyncio.all_tasks() - {asyncio.current_task()}  # handshakes
    for task in unfinished:
        task.cancel()
    await asyncio.gather(asyncio.sleep(0), *unfinished, return_exceptions=True)


def _pin(cpu: int | None) -> None:
    if cpu is None or sys.platform != "linux":
        return  # elsewhere there is no call for it; the parent's report says what was asked
    try:
        os.sched_setaffinity(0, {cpu})
    except OSError:
        offered = ", ".join(str(number) for number in sorted(os.sched_getaffinity(0)))
        raise OriginError(f"cannot pin the origin to CPU {cpu}; this process may use {offered}") from None


def _raise_file_limit() -> None:
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (ValueError, OSError):
        print(f"the limit of open files stays at {soft}", file=sys.stderr)  # macOS refuses an unlimited hard limit


class _Complaints:
    """The loop's exception handler: one line each, the first hundred; a client must not fill the disk."""

    def __init__(self) -> None:
        self._left = _MAX_COMPLAINTS

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if self._left:
            self._left -= 1
            print(f"{context.get('message', '')}: {context.get('exception')!r}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
