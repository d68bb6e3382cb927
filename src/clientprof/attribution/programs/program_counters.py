"""Counts per request of a program: connections, handshakes, look-ups, clients and TLS contexts built."""

from collections.abc import Sequence

import numpy as np

from clientprof.attribution.programs.instances import Instances
from clientprof.attribution.programs.lane import Lane
from clientprof.model.programs.recording import ProgramFacts
from clientprof.model.results import CounterRow

_COUNTED = (
    ("connections_opened_per_1000_requests", "connections", "connections that the program opened"),
    ("handshakes_per_1000_requests", "handshakes", "TLS handshakes that ended well"),
    ("name_lookups_per_1000_requests", "lookups", "names looked up"),
)


def program_counters(
    facts: ProgramFacts, lanes: Sequence[Lane], instances: Instances, requests: int
) -> tuple[CounterRow, ...]:
    """The rows, per 1,000 requests that ended; counts are those of the whole measured time, thinned or not."""
    if not requests:
        return ()
    rows: list[CounterRow] = []
    # A count of the others' alone would be taken for that of the program.
    unseen = any(lane.opaque.any() for lane in lanes)
    for name, column, meaning in () if unseen else _COUNTED:
        total = counted(facts, lanes, column)
        if total is not None:
            rows.append(CounterRow(name, 1000 * total / requests, "per 1000 requests", meaning))
    built = sum(
        each.built_ns >= facts.started_ns and instances.own(each.client)
        for built in instances.by_process.values()
        for each in built
    )
    if built:
        meaning = "client objects built; one for the whole program is enough"
        rows.append(
            CounterRow("clients_built_per_1000_requests", 1000 * built / requests, "per 1000 requests", meaning)
        )
    contexts = sum(len(lane.integers("context.started_ns")) for lane in lanes)
    if contexts:
        meaning = "TLS contexts made, each of which loads the certificate authorities"
        rows.append(
            CounterRow("tls_contexts_per_1000_requests", 1000 * contexts / requests, "per 1000 requests", meaning)
        )
    return tuple(rows)


def counted(facts: ProgramFacts, lanes: Sequence[Lane], column: str) -> int | None:
    """How often something happened in all processes while they were measured; None where nobody counted, or one of them
    cannot tell.

    Processes count from their start and write that down once a slice: where a measurement begins or ends within one, it has
    its part of the slice's count.
    """
    counts: list[float] = []
    for lane in lanes:
        at, values = lane.integers("uptime.at_ns"), lane.integers(f"uptime.{column}")
        if len(values) and len(at) == len(values):
            if values[-1] < 0:
                return None
            began, ended = np.interp([facts.started_ns, facts.ended_ns], at, values)
            counts.append(float(ended - began))
    return round(sum(counts)) if counts else None
