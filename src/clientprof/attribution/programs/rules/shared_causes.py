"""Findings about a program put together by cause: one story, one remedy, and its time counted once.

What overlaps is the same time told by several rules: of the findings of one cause, those of one kind at different places are
added, and of the kinds the largest counts. Where two remedies would contradict each other, the one that reaches the cause
stays: a leak, then as a rule the pool's scan: each pass scans all connections, so allowing more makes it longer. Only where
the loop has time to spare, more connections are what requests wait for.
"""

from collections.abc import Sequence

from clientprof.attribution.findings.reconciling import reconciled as without_contradictions
from clientprof.model.findings import Finding, SharedCause
from clientprof.model.layers import Layer
from clientprof.model.programs.results import Holder

# What may be the building of a client, where it is at that line.
_BUILDING = ("work-beside-requests", "work-between-requests", "work-should-leave-the-loop", "costly-code-on-loop")
# The findings of each cause, the one that explains most first.
_CONTEXTS = "tls-context-per-call"
_SCAN, _SHORT = "client-pool-holds-loop", "fewer-connections-than-requests"
_STORIES = {
    "unclosed-responses": ("response-never-closed", "fewer-connections-than-requests", "timeout-is-the-programs-own"),
    "pool": (_SCAN, _SHORT, "connections-not-reused"),
    "new-clients": (
        "client-per-call",
        _CONTEXTS,
        "connections-not-reused",
        "names-looked-up-again",
        *_BUILDING,
    ),
    "missing-import": ("client-import-holds-loop",),
    "connections": ("connections-not-reused", "names-looked-up-again"),
    "inside-calls": ("several-requests-per-call", "call-waits-inside"),
}
# The same function may be told by each of these.
_ON_THE_LOOP = (
    "blocking-client-on-loop", "blocking-call", "work-should-leave-the-loop", "decoding-on-loop", "costly-code-on-loop",
    "client-code-fills-loop", "cost-grows-with-uptime",
)  # fmt: skip
_UNCLOSED_WARNING = "Do not raise the connection limit instead: responses that are never closed use up any limit."


def reconciled(findings: Sequence[Finding], *, spare: bool) -> tuple[Finding, ...]:
    """The findings with remedies of which none undoes another's. ``spare`` says that the loop has time to spare."""
    order = ("response-never-closed", *_pool_order(spare=spare))
    return without_contradictions(findings, lambda each: (order.index(each.id) if each.id in order else len(order),))


def _pool_order(*, spare: bool) -> tuple[str, ...]:
    return (_SHORT, _SCAN) if spare else (_SCAN, _SHORT)


def _of_pool(finding: Finding) -> bool:
    return finding.id in _STORIES["pool"] and finding.layer is Layer.POOL


def shared_causes(
    findings: Sequence[Finding], *, spare: bool = False, holder: Holder | None = None
) -> tuple[SharedCause, ...]:
    """The causes in the order of what they take of a request's time; those without a figure keep the order of findings.

    ``spare`` says that the loop has time to spare. ``holder`` is what the answer names as holding the loop: what blocks or
    computes there comes first, because all that stands in line behind it is in no figure of its own.
    """
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for each in findings:
        groups.setdefault(_cause_of(each, findings), []).append(each)
    made = [_made(name[0], members, spare=spare) for name, members in groups.items()]
    return tuple(sorted(made, key=lambda cause: (not _at(holder, cause), -(cause.time_us_per_request or 0.0))))


def _at(holder: Holder | None, cause: SharedCause) -> bool:
    """Whether the cause is that this function itself holds the loop; the line may be that of a call in it."""
    if holder is None or cause.id not in _ON_THE_LOOP:
        return False
    culprits = [culprit for each in cause.findings for culprit in each.culprits]
    return any((c.module.rpartition(":")[0], c.function) == (holder.file, holder.function) for c in culprits)


def _cause_of(finding: Finding, findings: Sequence[Finding]) -> tuple[str, ...]:
    """The name of its cause, and its place where the cause is a place."""
    name, present = finding.id, {each.id for each in findings}
    # Elsewhere in the program, a shortage of connections has nothing to do with the leak. Nor have timeouts of a busy loop.
    leaks = {_place(each) for each in findings if each.id == "response-never-closed"}
    if name in _STORIES["unclosed-responses"] and _place(finding) in leaks and finding.layer is Layer.POOL:
        return ("unclosed-responses", _place(finding))
    if _SCAN in present and _of_pool(finding):
        return ("pool",)
    built = {_place(each) for each in findings if each.id == "client-per-call"}
    if name in _BUILDING:
        if _place(finding) in built:
            return ("new-clients",)  # an SDK takes more for its own client than for the one below
    elif present & {"client-per-call", _CONTEXTS} and name in _STORIES["new-clients"]:
        return ("new-clients",)
    for story in ("connections", "missing-import"):
        if name in _STORIES[story]:
            return (story,)
    if name in _STORIES["inside-calls"]:
        return ("inside-calls", _place(finding))
    return (name, _place(finding)) if name not in _ON_THE_LOOP else ("on-the-loop", _place(finding))


def _takes_us(finding: Finding) -> float:
    return (finding.cost_us_per_request or 0.0) + (finding.off_cpu_us_per_request or 0.0)


def _place(finding: Finding) -> str:
    """``app.py:41``, empty where the finding has none."""
    return next((culprit.module for culprit in finding.culprits), "")


def _made(name: str, members: list[Finding], *, spare: bool) -> SharedCause:
    order = _pool_order(spare=spare) if name == "pool" else _STORIES.get(name, ())
    members = sorted(members, key=lambda each: order.index(each.id) if each.id in order else len(order))
    if name == "new-clients" and members[0].id == "client-per-call":
        # A context that is built inside of a client is a part of its price; one that takes more is the program's own.
        client_us = _takes_us(members[0])
        members.sort(key=lambda each: not (each.id == _CONTEXTS and _takes_us(each) > client_us))
    first = members[0]
    times: dict[str, float] = {}
    for each in members:
        times[each.id] = times.get(each.id, 0.0) + _takes_us(each)
    alike = sum(1 for each in members if each.id == first.id) - 1
    more = f", and the same at {alike} more place{'' if alike == 1 else 's'}" if alike else ""
    return SharedCause(
        id=first.id if name == "on-the-loop" else name,
        title=f"{first.title}{more}",
        findings=tuple(members),
        remedy=first.remedy,
        code=first.code,
        warning=_UNCLOSED_WARNING if name == "unclosed-responses" else "",
        turns=first.turns,
        time_us_per_request=max(times.values()) or None,
    )
