"""The origin's route for a scenario's requests."""

from urllib.parse import urlencode

from clientprof.workload.load.scenario import DelayKind, Scenario, ScenarioError, format_ms, format_size

REFUSED = 503
"""The status of an answer to a request that a server of the scenario refuses."""


def path_of(scenario: Scenario) -> str:
    """The path and query of one request on the local origin.

    Raises:
        ScenarioError: the origin cannot do all of it at once.
    """
    paced = scenario.events or scenario.gap_ms > 0
    if paced and scenario.encoding is not None:
        raise ScenarioError("--encoding goes with a whole body, not with --gap or --events")
    query: dict[str, str] = {}
    if scenario.delay_ms:
        kind = "exp-" if scenario.delay_kind is DelayKind.EXPONENTIAL else ""
        query["delay"] = f"{kind}{format_ms(scenario.delay_ms)}"
    if scenario.cookies:
        query["cookies"] = str(scenario.cookies)
    if scenario.encoding is not None:
        query["encoding"] = scenario.encoding
    if paced:
        route = "sse" if scenario.events else "stream"
        piece = scenario.size_bytes // scenario.chunks
        path = f"/{route}/{scenario.chunks}x{format_size(piece)}/{format_ms(scenario.gap_ms) or '0'}"
    else:
        path = f"/{format_size(scenario.size_bytes)}"
        if scenario.chunks:
            query["chunks"] = str(scenario.chunks)
    target = f"{path}?{urlencode(query)}" if query else path
    return f"/redirect/{scenario.redirects}?{urlencode({'to': target})}" if scenario.redirects else target
