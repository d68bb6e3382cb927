"""The requests of a scenario, as the adapters take them."""

from collections.abc import Sequence

from clientprof.clients.adapter import Reading, Request, Sending
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.settings import WorkerSettings


def requests_of(settings: WorkerSettings) -> tuple[Request, ...]:
    """One request per URL; exchanges take them in turn."""
    return requests_for(settings.scenario, settings.urls)


def requests_for(scenario: Scenario, urls: Sequence[str]) -> tuple[Request, ...]:
    """One request per URL, as the scenario wants them."""
    body = None if scenario.upload_bytes is None else _body(scenario.upload_bytes)
    reading = Reading.LINES if scenario.events else Reading.PIECES if scenario.streamed else Reading.WHOLE
    return tuple(Request(url, scenario.method, body, Sending(scenario.upload.value), reading) for url in urls)


def _body(size_bytes: int) -> bytes:
    """Bytes that do not repeat within a piece, so that a lost or doubled piece changes the content."""
    pattern = b"".join(b"%07d\n" % number for number in range(8192))
    return (pattern * (size_bytes // len(pattern) + 1))[:size_bytes]
