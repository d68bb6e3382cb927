"""Findings about a program: one rule a file's function, from what was seen to a remedy that can be refuted.

No rule knows versions or names of programs. A program without a fault gets no finding.
"""

from collections.abc import Callable, Iterator

from clientprof.attribution.programs.rules import (
    connections,
    costly_code,
    costs,
    everywhere,
    failures,
    garbage,
    inside_calls,
    interpreter,
    loop,
    memory,
    not_reused,
    overtaking,
    streams,
    threads,
    under_way,
)
from clientprof.attribution.programs.rules.evidence import Evidence
from clientprof.model.findings import Finding, Notice

RULES: tuple[Callable[[Evidence], Iterator[Finding]], ...] = (
    connections.never_closed,
    loop.blocking_client,
    loop.blocking_call,
    loop.short_blocks,
    loop.work_on_loop,
    interpreter.held_by_threads,
    costly_code.own_code,
    costly_code.client_code,
    loop.client_holds_loop,
    everywhere.debug_mode,
    everywhere.log_records,
    everywhere.decoding,
    garbage.pauses,
    connections.pool_too_small,
    overtaking.out_of_turn,
    inside_calls.several_requests,
    inside_calls.waits_inside,
    streams.slow_reader,
    streams.cut_small,
    under_way.batches_wait,
    threads.works_beside_requests,
    threads.works_between_requests,
    threads.takes_turns,
    connections.client_per_call,
    costs.contexts,
    not_reused.not_reused,
    connections.names_again,
    failures.own_timeouts,
    failures.errors_answered,
    failures.requests_fail,
    costs.grows_with_uptime,
    costs.wrappers,
    memory.grows,
)
_OF_TIMES = (
    loop.short_blocks,
    loop.work_on_loop,
    interpreter.held_by_threads,
    costly_code.own_code,
    costly_code.client_code,
    loop.client_holds_loop,
    everywhere.debug_mode,
    everywhere.log_records,
    everywhere.decoding,
    garbage.pauses,
    streams.cut_small,
    threads.works_beside_requests,
    threads.works_between_requests,
    costs.grows_with_uptime,
    costs.wrappers,
)


def find_all(evidence: Evidence) -> tuple[Finding, ...]:
    """All findings, those that take the most of a request's time first; those without a figure keep their rule's order."""
    traced = _traced(evidence)
    rules = (rule for rule in RULES if not (traced and rule in _OF_TIMES))
    found = [finding for rule in rules for finding in rule(evidence)]
    return tuple(sorted(found, key=_takes_us, reverse=True))


def near_all(evidence: Evidence) -> tuple[Notice, ...]:
    """What is so close to the bound of a finding that another run may have it."""
    return () if _traced(evidence) else tuple(loop.nearly_findings(evidence))


def _traced(evidence: Evidence) -> bool:
    """Whether memory was looked at: the looks held the loop, and tracing slowed everything else down."""
    return any(process.held for process in evidence.facts.processes)


def _takes_us(finding: Finding) -> float:
    return (finding.cost_us_per_request or 0.0) + (finding.off_cpu_us_per_request or 0.0)
