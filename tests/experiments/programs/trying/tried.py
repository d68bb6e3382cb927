"""Runs of tried programs, made by hand."""

from typing import Any

from clientprof.experiments.programs.trying.seen import Seen
from clientprof.recording.trial_counts import TrialCounts

PLAIN = {
    "client": "httpx",
    "settings": {"limit": 100, "http2": False},
    "transport": "httpx.AsyncHTTPTransport",
    "loop": "asyncio.unix_events._UnixSelectorEventLoop",
}


def seen(*lines: dict[str, Any], ended: int = 10, http2: int = 0) -> Seen:
    """A run of one process that said these lines."""
    return Seen((TrialCounts(ended, ended, 0, http2, 0, 0, 1_000_000, 500_000),), lines)
