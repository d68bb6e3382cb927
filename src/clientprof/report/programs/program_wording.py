"""Words of a program's result, for terminal and page alike: names of places and peers, counts, verdicts, method."""

from collections.abc import Sequence

from clientprof.model.estimate import Estimate
from clientprof.model.programs.recording import Peer, Process, Route, Settings
from clientprof.model.programs.results import (
    HeldConnections,
    LoopResult,
    ProgramResult,
    ServedRoute,
    SiteResult,
    TimeoutVerdict,
    UptimeSeries,
)
from clientprof.model.results import CounterRow
from clientprof.report.writing.figures import ABSENT, decimal, duration, percent, plural, ratio_full

# Less time in line than this is nobody's fault.
_FEW_READY_US = 100.0
_BEHIND = 3
# A service that had requests for less of its time had pauses, which are no part of its rate.
_NEARLY_ALL = 0.9
_DEFAULT_PORTS = {"http": 80, "https": 443}

VERDICTS: dict[str, str] = {
    "server": "the server had not answered",
    "loop": "the answer was here, and the event loop was busy",
    "pool": "the pool had no free connection",
    "handshake": "the connection was still being made",
    "unknown": "nothing shows what it waited for",
}
METHOD = (
    "The program ran as usual, with clientprof's instruments inside it; none of its code was changed.",
    "A request lasts from the outermost client call to the end of its body, or to the close of its response.",
    "The servers sent no stamps, so `wait` is network and server together. The answer came at some moment between two "
    "polls of the event loop; the range beside `wait` and `loop` is what that leaves open.",
    "Running: the request's own code had the loop. Ready: it could run, and other code had the loop. Waiting: for a "
    "connection, the network or the server.",
    "A call of a blocking client in the loop's thread holds the loop from start to end; states inside it are not known.",
    "Held time is estimated from samples, with the interval that their number allows. A timer samples the main thread's "
    "loop. Loops in other threads, and threads that call blocking clients, are sampled by a thread of clientprof while "
    "they are busy. Code that blocks or computes for longer than 5 ms is seen as it is. Shorter computing between two "
    "calls of sockets or files is charged to these calls, because only then does the interpreter let another thread look.",
    "Counts, rates, failures and wall times cover every request. While a loop of asyncio or trio is busy, everything else "
    "(phases, states, steps and samples) is recorded only in windows at random intervals, for requests that begin and end "
    "within one window. Requests that take longer than a window are missing from the phases. Outside the windows, a "
    "connection counts as held from the response at the latest, and the cause of a timeout is known only where its type "
    "names it. --detail records everything all the time.",
    "A window stands for the time around it, weighted by the CPU and the requests that were counted there. So shares, held "
    "time, cost per request and phases are those of all the measured time. Where a figure was counted exactly, such as the "
    "time in blocking clients, that figure is used.",
    "Connections are held from the moment a request gets them until they are released. A response "
    "that was dropped unclosed, or outlived its call, is a leak.",
)


def place(file: str, line: int) -> str:
    """``app.py:41``."""
    return f"{file}:{line}" if line else file or "unknown"


def peer_name(peer: Peer | None) -> str:
    """``https://api.example.org``; the port where it is not the scheme's own."""
    if peer is None:
        return ABSENT
    host = f"[{peer.host}]" if ":" in peer.host else peer.host
    port = "" if _DEFAULT_PORTS.get(peer.scheme) == peer.port else f":{peer.port}"
    return f"{peer.scheme}://{host}{port}"


def asked(row: SiteResult | HeldConnections) -> str:
    """Whom the row's requests ask: its peer, or how many hosts where these are many."""
    return f"{row.peers:,} hosts" if row.peers > 1 else peer_name(row.peer)


def route_name(route: Route) -> str:
    """``GET /items/{number}``."""
    return f"{route.method} {route.template}"


def answering(routes: Sequence[Route]) -> str:
    """During which requests to the program something runs."""
    return f"while the program answers {', '.join(map(route_name, routes))}"


def client_text(site: SiteResult) -> str:
    """``httpx 0.28.1, through openai``; a blocking one on the loop says so."""
    name = f"{site.client.name} {site.client.version}".strip()
    through = f", through {', '.join(site.through)}" if site.through else ""
    return f"{name}{through}{', blocks the loop' if site.blocking else ''}"


def failures_text(site: SiteResult) -> str:
    """``3: 2 ReadTimeout, 1 ConnectError``; ``0`` where none failed."""
    if not site.failed:
        return "0"
    kinds = ", ".join(f"{number:,} {kind}" for kind, number in site.errors.items())
    return f"{site.failed:,}: {kinds}" if kinds else f"{site.failed:,}"


def ms(value_ms: float | None) -> str:
    """Milliseconds with the places that their size deserves."""
    if value_ms is None:
        return ABSENT
    return decimal(value_ms, 0 if value_ms >= 100 else 1 if value_ms >= 1 else 2)


def rate(per_second: float) -> str:
    """Requests per second with the places that their size deserves."""
    return decimal(per_second, 0 if per_second >= 100 else 1 if per_second >= 1 else 2)


def counts_sentence(result: ProgramResult) -> str:
    """How many requests ended, failed and were open, in which time."""
    measured_s, asked_s = result.measured_s, result.in_flight_s
    often = f"{rate(result.requests / measured_s if measured_s > 0 else 0.0)} a second"
    if asked_s and asked_s < _NEARLY_ALL * measured_s:
        often = f"{rate(result.requests / asked_s)} a second in {duration(asked_s)}, pauses of 1 s and more left out"
    said = [f"{plural(result.requests, 'request')} in {duration(measured_s)} ({often})"]
    said.append(f"{result.failed:,} failed")
    if result.open:
        said.append(f"{result.open:,} still open at the end, or dropped unread")
    processes = len(result.processes)
    if processes > 1:
        said.append(f"{processes} processes")
    return ", ".join(said) + "."


def behind_text(row: ServedRoute) -> str:
    """What held the loop while served requests stood in line; empty where hardly any did.

    Two views of the same time, not parts of one sum: whether a call blocked, and which layer it was in.
    """
    if row.ready_us < _FEW_READY_US:
        return ""
    layers = sorted(row.blame.items(), key=lambda item: -item[1])[:_BEHIND]
    by_layer = ", ".join(f"{layer} {percent(us / row.ready_us)}" for layer, us in layers)
    if not row.behind_blocking_us:
        return by_layer
    blocking = f"{percent(row.behind_blocking_us / row.ready_us)} in calls that block"
    return f"{blocking}; by layer: {by_layer}" if by_layer else blocking


def end_sentence(result: ProgramResult) -> str:
    """How the program ended."""
    code = result.exit_code
    if code is None:
        return "The program was still running when the measurement ended."
    return f"The program was ended by signal {-code}." if code < 0 else f"The program ended with exit code {code}."


def busy_text(loop: LoopResult) -> str:
    """How busy the loop was while requests were in flight, and in all where that differs."""
    told, whole = percent(loop.busy_for_requests), percent(loop.busy_share)
    return f"busy {told}" if told == whole else f"busy {told} while requests were in flight ({whole} of all the time)"


def leak_text(row: HeldConnections) -> str:
    """What was never given back; empty where nothing was."""
    if not row.leaked:
        return ""
    age = "" if row.oldest_s is None else f", the oldest for {duration(row.oldest_s)}"
    return f"{plural(row.leaked, 'response')} never closed{age}"


def verdict_text(row: TimeoutVerdict) -> str:
    """What the clock ran out on, and whose that is."""
    whose = {"server": "not the program's own", "unknown": "not known whose"}.get(
        row.verdict, "the program's own" if row.own else "not the program's own"
    )
    return f"{VERDICTS.get(row.verdict, row.verdict)} ({whose})"


def slope_text(series: UptimeSeries) -> str:
    """How a cost grows with the program's age, in words; empty where there was too little to fit."""
    slope = series.slope
    if slope is None:
        return ""
    low, high = (None if end is None else 2**end for end in (slope.low, slope.high))
    twice = Estimate(2**slope.value, low, high, "ratio", slope.n)
    law = f"{ratio_full(twice)} each time the age doubles"
    return f"{law}: {series.culprit}" if series.culprit else law


def in_all(row: CounterRow, result: ProgramResult) -> str:
    """What was counted per 1,000 requests, of all requests together."""
    return f"{round(row.value * result.requests / 1000):,}"


def settings_text(settings: Settings) -> str:
    """Timeouts and the rest of a client's settings in one line; what is not known is left out."""
    timeouts = ", ".join(f"{name} {'none' if s is None else f'{s:g} s'}" for name, s in settings.timeouts.items())
    parts = [
        "" if settings.transport is None else f"through {settings.transport}",
        "" if settings.per_host is None else f"{settings.per_host:,} connections to one host",
        f"timeouts: {timeouts}" if timeouts else "",
        f"TLS store: {settings.tls}" if settings.tls else "",
        "HTTP/2" if settings.http2 else "",
        "reads the environment" if settings.trust_env else "",
    ]
    return "; ".join(part for part in parts if part)


def limit_text(settings: Settings, name: str) -> str:
    """A limit as a number, of one host where that is met first; ``none`` where there is none, a dash where not known."""
    if name == "limit" and settings.one_host_bounds:
        return f"{settings.per_host:,} a host"
    if name in settings.unlimited:
        return "none"
    value = settings.limit if name == "limit" else settings.idle
    return ABSENT if value is None else f"{value:,}"


def process_name(result: ProgramResult, place: int) -> str:
    """The process's script or module; with its number where there are several, which may be of one name."""
    if not 0 <= place < len(result.processes):
        return "the program"
    name = result.processes[place].name
    return name if len(result.processes) == 1 else f"{name} (process {place})"


def process_text(process: Process) -> str:
    """``ended: exit``, with what was taken out of it and what was not measured."""
    ends = {
        "exit": "ended by itself", "_exit": "ended by os._exit", "exec": "became another program",
        "signal": "ended by a signal",
        "cut": "killed, or still running at the end",
    }  # fmt: skip
    said = [ends.get(process.ended, process.ended)]
    said += [each if each.startswith("left out") else f"taken out: {each}" for each in process.removed]
    return "; ".join([*said, *process.notes])


def thinned_sentence(result: ProgramResult) -> str | None:
    """What detail rests on; None where all of it was kept."""
    if result.requests and result.detailed < result.requests:
        share = percent(result.detailed / result.requests)
        return (
            f"Phases rest on {result.detailed:,} of {result.requests:,} requests ({share}): those recorded whole. "
            "Counts, rates and failures rest on all."
        )
    return None
