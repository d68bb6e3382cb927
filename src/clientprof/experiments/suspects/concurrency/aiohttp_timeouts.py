"""aiohttp starts a timer of five minutes for every request and enters a timer context twice."""

from clientprof.experiments.suspects.evidence.profile_weight import worth_us
from clientprof.experiments.suspects.suspect import Case, Evidence, Suspect, patch
from clientprof.model.experiments.suspicions import Kind
from clientprof.model.layers import Layer

_TIMERS = (
    "aiohttp.helpers:TimeoutHandle.__init__",
    "aiohttp.helpers:TimeoutHandle.start",
    "aiohttp.helpers:TimeoutHandle.timer",
    "aiohttp.helpers:TimerContext.__enter__",
    "aiohttp.helpers:TimerContext.__exit__",
    "asyncio.events:TimerHandle.cancel",
    "asyncio.base_events:BaseEventLoop._timer_handle_cancelled",
)


def _evidence(case: Case) -> Evidence | None:
    spent = worth_us(case, *_TIMERS)
    timers = case.counter("timers_per_request")
    if spent is None or (timers is not None and timers.value < 0.5):
        return None
    how_many = "" if timers is None else f"{timers.value:.1f} timers are started per request; "
    return Evidence(f"{how_many}timers and timer contexts take {spent:,.1f} µs", spent)


SUSPECT = Suspect(
    id="aiohttp-total-timeout",
    kind=Kind.SETTING,
    layer=Layer.CONCURRENCY,
    hypothesis="the default total timeout starts a timer per request, cancels it at its end, and enters two timer contexts",
    adapters=frozenset({"aiohttp"}),
    evidence=_evidence,
    intervention=patch("aiohttp_timeouts"),
    absent="no timer is started for a request, or timers take less than 1 % of the client's CPU",
    gives_up="a server that never answers holds the request for ever",
    mistaken="a cancelled timer also waits in the loop's heap until it is swept out; the profile charges that to the loop",
    remedy="Where something else bounds the request, such as asyncio.timeout around a whole batch, turn the session's off.",
    code="aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))",
    pointer="aiohttp/helpers.py: TimeoutHandle.start and timer, TimerContext.__enter__ and __exit__",
)
