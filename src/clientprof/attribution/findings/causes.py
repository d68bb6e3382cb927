"""Findings put together by cause: each cost is counted once, and what to do about one cause does not contradict another.

The costs of findings overlap, because a scan, its polls and its repeats are the same microseconds. Of one cause, the largest
cost in each layer counts. A layer's CPU is divided up among causes only once, so all causes together cost no more than the
client.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clientprof.attribution.findings.advice import advice
from clientprof.attribution.findings.reconciling import Taken, reconciled
from clientprof.model.findings import Finding, SharedCause
from clientprof.model.layers import Layer
from clientprof.model.results import ClientResult


@dataclass(frozen=True, slots=True)
class _Family:
    """Findings of one cause, the one that explains most first. ``apart``: their costs do not overlap, and are added."""

    id: str
    findings: tuple[str, ...]
    title: str = ""
    apart: bool = False


_FAMILIES: tuple[_Family, ...] = (
    _Family("pool", ("pool-scan", "pool-passes", "double-assignment", "socket-poll", "lock-yield")),
    _Family("missing-import", ("sniffio-missing", "failed-imports")),
    _Family("connections", ("keepalive-eviction", "keepalive-expiry", "cold-connect-storm")),
    _Family("new-clients", ("client-per-request", "ssl-context-per-client")),
    _Family(
        "built-in",
        ("anyio-scopes", "h11-parser", "exception-mapping", "trace-objects"),
        "{name} does much of its work for each request in Python: {parts}",
        apart=True,
    ),
)
_FAMILY_OF = {finding: family for family in _FAMILIES for finding in family.findings}
_PARTS = {
    "anyio-scopes": "cancel scopes",
    "h11-parser": "the HTTP/1.1 parser",
    "exception-mapping": "exception mapping",
    "trace-objects": "trace objects",
}
# What follows from the other causes comes last.
_CONSEQUENCES = {"loop-bound"}
# Requests that fail come before those that cost much, and of these a connection made anew before a look at an open one.
_OTHER_THREADS = "work-in-other-threads"
_FAILURES = {"closed-under-a-request", "stale-connection", "goaway", "timeout-by-loop", "pool-timeout", "timeouts"}
_MADE_ANEW = {"keepalive-eviction", "keepalive-expiry"}


def causes_of(
    findings: Sequence[Finding], client: ClientResult, measured: Sequence[Taken] = ()
) -> tuple[SharedCause, ...]:
    """The causes, the most costly first; those without a cost after them, consequences at the end.

    Where experiments were made, what they saved orders the causes instead. No remedy contradicts another, nor those that
    were ``measured`` to help.
    """
    findings = reconciled(findings, _rank, measured)
    standing = [*measured, *(Taken(each.turns, each.remedy, each.code) for each in findings)]
    left = {row.layer: max(0.0, row.cpu_us_per_request.value) for row in client.layers}
    total = sum(left.values()) + client.other_threads_us
    groups = sorted(_grouped(findings).items(), key=lambda item: _order(item[1]))
    made = []
    for name, members in groups:
        cost = client.other_threads_us if name == _OTHER_THREADS else _counted(name, members, left)
        said = advice(name, members, client, standing, scans="pool" in dict(groups))
        share = cost / total if cost is not None and total else None
        title = _title(name, members, client)
        made.append(
            SharedCause(name, title, tuple(members), cost, share, said.text, said.code, said.warning, turns=said.turns)
        )
    return tuple(made)


def _rank(finding: Finding) -> tuple[float, ...]:
    gain = finding.measured_gain_us or 0.0
    place = 0 if finding.id in _FAILURES else 1 if gain > 0 else 2 if finding.id in _MADE_ANEW else 3
    # Of failures those that tell why come before those that count them.
    return place, float(finding.id == "timeouts"), -gain, -(finding.cost_us_per_request or 0.0)


def _grouped(findings: Sequence[Finding]) -> Mapping[str, list[Finding]]:
    """By cause, the members of each in the order of its family."""
    groups: dict[str, list[Finding]] = {}
    in_pool = any(finding.id in _FAMILY_OF and _FAMILY_OF[finding.id].id == "pool" for finding in findings)
    for finding in findings:
        family = _FAMILY_OF.get(finding.id)
        name = finding.id if family is None else family.id
        if finding.id == "costliest-function" and finding.layer is Layer.POOL and in_pool:
            name = "pool"
        groups.setdefault(name, []).append(finding)
    for name, members in groups.items():
        order = next((family.findings for family in _FAMILIES if family.id == name), ())
        # A patch that was tried and made it worse explains least.
        members.sort(
            key=lambda each: (
                (each.measured_gain_us or 0.0) < 0,
                order.index(each.id) if each.id in order else len(order),
            )
        )
    return groups


def _order(members: Sequence[Finding]) -> tuple[bool, float]:
    """Consequences last; else by what was saved in an experiment, or what it takes of a request's time."""
    gains = [each.measured_gain_us for each in members if each.measured_gain_us is not None]
    takes = max((each.cost_us_per_request or 0.0) + (each.off_cpu_us_per_request or 0.0) for each in members)
    return all(each.id in _CONSEQUENCES for each in members), -(max(gains) if gains else takes)


def _counted(name: str, members: Sequence[Finding], left: dict[Layer, float]) -> float | None:
    """What the cause takes of the layers, which have so much less left then; None where it is no matter of CPU."""
    apart = any(family.id == name and family.apart for family in _FAMILIES)
    wanted: dict[Layer, float] = {}
    for each in members:
        if each.cost_us_per_request is None:
            continue
        before = wanted.get(each.layer, 0.0)
        cost = each.cost_us_per_request
        wanted[each.layer] = before + cost if apart else max(before, cost)
    if not wanted:
        return None
    taken = {layer: min(cost, left.get(layer, 0.0)) for layer, cost in wanted.items()}
    for layer, cost in taken.items():
        left[layer] = left.get(layer, 0.0) - cost
    return sum(taken.values())


def _title(name: str, members: Sequence[Finding], client: ClientResult) -> str:
    family = next((each for each in _FAMILIES if each.id == name), None)
    if family is not None and family.title and len(members) > 1:
        parts = [_PARTS[each.id] for each in members]
        return family.title.format(name=client.name, parts=f"{', '.join(parts[:-1])} and {parts[-1]}")
    passes = next((row.value for row in client.counters if row.name == "pool_passes_per_request"), None)
    if name == "pool" and passes is not None and len(members) > 1:
        return f"{client.name}'s pool scans all its connections {passes:.1f} times per request"
    return members[0].title
