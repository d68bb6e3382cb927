"""What each request pays for one part of a library, wherever it is called from: a table of parts and one rule for all.

A part is known by its functions, and by a counter where there is one. It is a finding where its cost is certain.
"""

from dataclasses import dataclass

from clientprof.attribution.findings.subject import Subject, spent, summed
from clientprof.model.estimate import shown_unit
from clientprof.model.findings import Finding
from clientprof.model.layers import Layer
from clientprof.model.results import FunctionCost


@dataclass(frozen=True, slots=True)
class Part:
    """One part. ``modules`` are a module's name or its beginning up to a dot (``anyio``), ``functions`` beginnings of
    functions' names, empty for all of a module. With ``whole`` the costliest function counts with all below it, else the
    functions' own code is added up. ``title`` and ``claim`` are completed with name, count, cost and share.
    """

    id: str
    layer: Layer
    modules: tuple[str, ...]
    functions: tuple[str, ...]
    whole: bool
    counter: str | None
    at_least: float
    title: str
    mechanism: str
    remedy: str
    pointer: str
    falsifier: str
    threads: tuple[str, ...] = ()

    def has(self, function: FunctionCost) -> bool:
        """Whether the function belongs to this part."""
        inside = any(f"{function.module}.".startswith(f"{module}.") for module in self.modules)
        return inside and (not self.functions or function.function.startswith(self.functions))


_NO_REMEDY = "Nothing from outside the library, except fewer requests or another transport."
PARTS: tuple[Part, ...] = (
    Part(
        id="anyio-scopes", layer=Layer.CONCURRENCY, modules=("anyio",),
        functions=("CancelScope", "fail_after", "move_on_after"), whole=False,
        counter="cancel_scopes_per_request", at_least=2.0,
        title="{name} enters {count:.0f} cancel scopes per request",
        mechanism="Every operation on a socket, and every shield around the pool, enters a cancel scope written in Python.",
        remedy=_NO_REMEDY,
        pointer="Use one deadline for a request, or the cheaper `asyncio.timeout` around operations that really wait.",
        falsifier="The claim is wrong if CPU per request does not fall when cancel scopes are patched to do nothing.",
        threads=("encode/httpcore#930", "encode/httpcore#927", "pydantic/httpx2#1170", "pydantic/httpx2#1183"),
    ),
    Part(
        id="h11-parser", layer=Layer.HTTP, modules=("h11",), functions=(), whole=False, counter=None, at_least=0.0,
        title="{name} parses HTTP/1.1 in Python",
        mechanism=(
            "Regular expressions and state machines in Python read and write the headers of every request and "
            "response."
        ),
        remedy=_NO_REMEDY,
        pointer="Offer a parser in C behind the same interface, where one is installed.",
        falsifier="The claim is wrong if CPU per request in layer `http` does not fall with a parser in C.",
        threads=("pydantic/httpx2#1218",),
    ),
    Part(
        id="url-parse", layer=Layer.API, modules=("httpx._urlparse", "httpx2._urlparse", "urllib3.util.url", "rfc3986"),
        functions=(), whole=True, counter="url_parses_per_request", at_least=1.0,
        title="{name} parses {count:.1f} URL strings per request",
        mechanism="The URL is parsed, normalised and quoted for every request, even if it is the same as before.",
        remedy="Build the client's `URL` object once and pass it instead of the string.",
        pointer="Remember the last parsed URLs, or reuse a `URL` object as it is.",
        falsifier="The claim is wrong if CPU per request does not fall with a `URL` object instead of the string.",
        threads=("pydantic/httpx2#1139",),
    ),
    Part(
        id="exception-mapping", layer=Layer.CONCURRENCY, modules=("httpcore", "httpcore2", "httpx", "httpx2", "contextlib"),
        functions=("map_exceptions", "map_httpcore_exceptions", "map_httpcore2_exceptions"), whole=True,
        counter="exception_maps_per_request", at_least=2.0,
        title="{name} enters {count:.0f} exception-mapping contexts per request",
        mechanism=(
            "A context manager is built around every socket operation, only to rename exceptions that might be "
            "raised."
        ),
        remedy=_NO_REMEDY,
        pointer="Use a plain `try`/`except`: it costs nothing when nothing is raised.",
        falsifier="The claim is wrong if CPU per request does not fall when `try`/`except` replaces the context manager.",
        threads=("pydantic/httpx2#1170",),
    ),
    Part(
        id="trace-objects", layer=Layer.HTTP, modules=("httpcore._trace", "httpcore2._trace"), functions=("Trace",),
        whole=False, counter="trace_objects_per_request", at_least=2.0,
        title="{name} builds {count:.0f} trace objects per request",
        mechanism="An object is built for every event, although no trace extension listens and nothing is logged.",
        remedy="Make sure that the library's logger is not set to DEBUG.",
        pointer="Check whether anybody listens before building the object.",
        falsifier="The claim is wrong if CPU per request does not fall when the trace objects are patched away.",
        threads=("pydantic/httpx2#1170",),
    ),
    Part(
        id="env-proxies", layer=Layer.API, modules=("requests.utils", "niquests.utils"),
        functions=("get_environ_proxies", "should_bypass_proxies", "resolve_proxies"), whole=True,
        counter="environment_reads_per_request", at_least=0.5,
        title="{name} reads the environment {count:.1f} times per request",
        mechanism="Proxies are looked up in the environment for each request, because they might have changed.",
        remedy="Set `session.trust_env = False`, and give proxies to the session if you need them.",
        pointer="Look up the proxies once for each session.",
        falsifier="The claim is wrong if CPU per request does not fall with `trust_env = False`.",
    ),
)  # fmt: skip


def part(subject: Subject, part: Part) -> Finding | None:
    """The part as a finding, None where it is not there, not often enough or not certainly expensive."""
    count = None if part.counter is None else subject.counter(part.counter)
    if part.counter is not None and (count is None or count.value < part.at_least):
        return None
    functions = [function for function in subject.client.functions if part.has(function)]
    order = [(f.total_us_per_request if part.whole else f.self_us_per_request).value for f in functions]
    functions = [f for _, f in sorted(zip(order, functions, strict=True), key=lambda pair: -pair[0])]
    costs = (
        [f.total_us_per_request for f in functions[:1]] if part.whole else [f.self_us_per_request for f in functions]
    )
    cost = summed(costs)
    if cost is None or not subject.significant(cost):
        return None
    if subject.baseline is not None and any(part.has(function) for function in subject.baseline.functions):
        return None  # the baseline pays for it as well: it is no part of the difference
    evidence = [] if count is None else [f"{count.value:.1f} {shown_unit(count.unit)}: {count.meaning}"]
    evidence += [
        f"{f.module}.{f.function}: {f.self_us_per_request.value:,.1f} µs per request in its own code"
        + ("" if f.calls_per_request is None else f", {f.calls_per_request:,.1f} calls")
        for f in functions[:3]
    ]
    return Finding(
        id=part.id,
        title=part.title.format(name=subject.name, count=0.0 if count is None else count.value),
        layer=functions[0].layer,
        culprits=subject.culprits(functions[:2]),
        claim=f"This takes {subject.share(cost.value)}: {spent(cost)}.",
        evidence=tuple(evidence),
        remedy=part.remedy,
        falsifier=part.falsifier,
        cost_us_per_request=cost.value,
        mechanism=part.mechanism,
        pointer=part.pointer,
        threads=part.threads,
        counters=() if part.counter is None else (part.counter,),
    )
