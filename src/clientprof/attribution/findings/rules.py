"""What to do about it: findings from rules over counters, errors and costs. Each can be refuted, and says how.

Rules look at counts against expectation and at costs, not at versions. What no rule knows is named by the costliest
function that the baseline does not have. A cost whose interval is not above chance is no finding. Findings overlap: a cost
may be part of another's, so they do not add up.
"""

import functools
from collections.abc import Callable

from clientprof.attribution.findings import (
    aging,
    awaits,
    blocking,
    connections,
    failures,
    imports,
    memory,
    other_threads,
    pool,
    waiting,
)
from clientprof.attribution.findings.costliest import costliest_function
from clientprof.attribution.findings.parts import PARTS, part
from clientprof.attribution.findings.subject import Subject
from clientprof.model.findings import Finding
from clientprof.model.results import ClientResult, Comparison

Rule = Callable[[Subject], Finding | None]

# What the origin's log and the client's errors say, whatever is seen of the client's inside.
OUTSIDE_RULES: tuple[Rule, ...] = (connections.lost_connections, connections.cold_storm, waiting.timeouts)
RULES: tuple[Rule, ...] = (
    imports.failed_imports,
    pool.passes,
    pool.scan,
    pool.polls,
    pool.lock_yield,
    connections.client_per_request,
    connections.contexts,
    connections.name_lookups,
    connections.growing_tls,
    *OUTSIDE_RULES,
    failures.closed_under_a_request,
    failures.timeout_by_loop,
    failures.closed_before_use,
    failures.goaway,
    waiting.loop_bound,
    awaits.sleep_in_request,
    awaits.stream_limit,
    awaits.wait_in_request,
    blocking.blocked_loop,
    memory.grows,
    other_threads.work_in_other_threads,
    aging.grows_with_age,
    *(functools.partial(part, part=known) for known in PARTS),
)


def findings_of(
    client: ClientResult, comparison: Comparison | None, baseline: ClientResult | None = None
) -> tuple[Finding, ...]:
    """The findings of the client asked about, the costliest first, those without a cost at the end."""
    subject = Subject(client, comparison, baseline)
    found = [finding for rule in (OUTSIDE_RULES if client.opaque else RULES) if (finding := rule(subject)) is not None]
    if not client.opaque:
        known = {(culprit.module, culprit.function) for finding in found for culprit in finding.culprits}
        generic = costliest_function(subject, known)
        found += [] if generic is None else [generic]
    return tuple(sorted(found, key=_takes_us, reverse=True))


def _takes_us(finding: Finding) -> float:
    """What the finding takes of a request's time, whether anything computes meanwhile or not."""
    return (finding.cost_us_per_request or 0.0) + (finding.off_cpu_us_per_request or 0.0)
