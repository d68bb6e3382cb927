"""HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/): an entry per exchange of the ledger lens' warm rounds.

HAR's timings from our phases: ``blocked`` = prepare + pool (and unattributed time before the sending), ``dns``,
``connect`` = connect + TLS + HTTP/2 set-up, ``ssl`` = TLS (inside ``connect``, as the specification has it), ``send``,
``wait`` = uplink + server + downlink + loop, ``receive`` = headers + body + release (and unattributed time after the
sending). ``time`` is their sum, ``ssl`` not counted twice. What did not happen is -1, or 0 where HAR wants a time. Under
``_clientprof`` are the phases themselves and the states.

Headers, cookies and query strings are not in a recording, so they are empty here. The URL names only the scheme, for the
same reason. Of recordings from before version 0.2, absolute times rest on when the recording was written.
"""

import datetime
import json
from dataclasses import replace

from clientprof.model.export import ExchangeActivity, Export
from clientprof.model.phases import Phase
from clientprof.report.exporters.load_facts import load_facts
from clientprof.report.exporters.one_line import one_line

_SENT = (Phase.SEND, Phase.WAIT, Phase.UPLINK, Phase.SERVER, Phase.DOWNLINK, Phase.LOOP, Phase.HEADERS)
_TIMING: dict[Phase, str] = {
    Phase.PREPARE: "blocked",
    Phase.POOL: "blocked",
    Phase.DNS: "dns",
    Phase.CONNECT: "connect",
    Phase.TLS: "connect",
    Phase.H2_SETUP: "connect",
    Phase.SEND: "send",
    Phase.UPLINK: "wait",
    Phase.SERVER: "wait",
    Phase.DOWNLINK: "wait",
    Phase.WAIT: "wait",
    Phase.LOOP: "wait",
    Phase.HEADERS: "receive",
    Phase.BODY: "receive",
    Phase.STREAM: "receive",
    Phase.RELEASE: "receive",
}
_REQUIRED = ("send", "wait", "receive")
_OPTIONAL = ("blocked", "dns", "connect", "ssl")

Json = dict[str, object]


def to_har(export: Export) -> bytes:
    """The first client's exchanges, one page per round."""
    return to_har_of_all(replace(export, clients=export.clients[:1]))


def to_har_of_all(export: Export) -> bytes:
    """The exchanges of all clients, or of all loops of a program, one page per round."""
    load = load_facts(export.result)
    about = {"method": load.method, "url": f"{load.scheme}://localhost/", "version": f"HTTP/{load.http_version}"}
    pages: list[Json] = []
    entries: list[Json] = []
    for client in export.clients:
        activity = client.activity
        if activity is None:
            continue
        first, began = len(pages), export.began_ns(activity)
        pages += [
            {
                "startedDateTime": _time(began + start),
                "id": f"round_{first + number}",
                "title": one_line(f"{client.client.title}, warm round {number + 1}"),
                "pageTimings": {"onContentLoad": -1, "onLoad": _ms(end - start)},
            }
            for number, (start, end) in enumerate(activity.rounds)
        ]
        entries += [_entry(exchange, about, began, first) for exchange in activity.exchanges]
    log: Json = {
        "version": "1.2",
        "creator": {"name": "clientprof", "version": "1"},
        "pages": pages,
        "entries": entries,
        "comment": "No URLs, headers, cookies, query strings or bodies were recorded; only differences of times are exact.",
    }
    return json.dumps({"log": log}, allow_nan=False, separators=(",", ":")).encode()


def _entry(exchange: ExchangeActivity, about: dict[str, str], began_ns: int, first_page: int) -> Json:
    if exchange.address:
        # A program's own call: whom it called is known, and not by which method.
        about = {"method": "UNKNOWN", "url": one_line(exchange.address), "version": "HTTP"}
    timings, phases = _timings(exchange)
    whole = sum(value for name, value in timings.items() if name != "ssl" and value > 0)
    entry: Json = {
        "pageref": f"round_{first_page + exchange.round}",
        "startedDateTime": _time(began_ns + exchange.started_ns),
        "time": _ms(whole),
        "request": {
            "method": about["method"], "url": about["url"], "httpVersion": about["version"], "cookies": [],
            "headers": [], "queryString": [], "headersSize": -1, "bodySize": -1,
        },
        "response": {
            "status": exchange.status or 0, "statusText": "", "httpVersion": about["version"], "cookies": [],
            "headers": [], "content": {"size": exchange.body_bytes, "mimeType": ""}, "redirectURL": "",
            "headersSize": -1, "bodySize": -1,
        },
        "cache": {},
        "timings": {name: value if value < 0 else _ms(value) for name, value in timings.items()},
        "_clientprof": {
            "phases_ms": {phase: _ms(ns) for phase, ns in phases.items()},
            **_states(exchange),
        },
    }  # fmt: skip
    if exchange.connection is not None:
        entry["connection"] = str(exchange.connection)
    if exchange.site:
        entry["_call_site"] = one_line(exchange.site)
    if exchange.error is not None:
        entry["_error"] = one_line(exchange.error)
    return entry


def _states(exchange: ExchangeActivity) -> dict[str, float]:
    """Milliseconds by state; nothing where states are not known."""
    found: dict[str, float] = {}
    for name in ("running", "ready", "waiting"):
        parts = [getattr(part, f"{name}_ns") for part in exchange.phases]
        if None not in parts:
            found[f"{name}_ms"] = _ms(sum(parts))
    return found


def _timings(exchange: ExchangeActivity) -> tuple[dict[str, int], dict[Phase, int]]:
    """HAR's timings in nanoseconds, -1 for what did not happen, and the phases."""
    timings = dict.fromkeys(_REQUIRED, 0) | dict.fromkeys(_OPTIONAL, -1)
    phases: dict[Phase, int] = {}
    sent = False
    for part in exchange.phases:
        sent = sent or part.phase in _SENT
        phases[part.phase] = phases.get(part.phase, 0) + part.wall_ns
        name = _TIMING.get(part.phase, "receive" if sent else "blocked")
        for each in (name, "ssl") if part.phase is Phase.TLS else (name,):
            timings[each] = max(0, timings[each]) + part.wall_ns
    return timings, phases


def _ms(ns: int) -> float:
    return ns / 1e6


def _time(at_ns: int) -> str:
    at = datetime.datetime.fromtimestamp(0, datetime.UTC) + datetime.timedelta(microseconds=at_ns // 1000)
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")
