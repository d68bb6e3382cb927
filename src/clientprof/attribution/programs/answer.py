"""The one sentence: what limits the program, with the figure that it rests on.

A loop that is busy nearly all the time limits whatever runs on it, and waiting for a connection is then its consequence:
the holders of connections do not get to run either. So the loop is asked first, and only an idle one lets the pool, the
server or the making of connections be the limit.
"""

from collections.abc import Sequence

from clientprof.attribution.programs.loops.standing_still import stands_still
from clientprof.model.phases import Phase
from clientprof.model.programs.results import (
    Answer,
    HeldConnections,
    Holder,
    Limit,
    LoopResult,
    ProgramPhase,
    SiteResult,
    ThreadTime,
)

_BUSY = 0.8
_CONNECTING = (Phase.DNS, Phase.CONNECT, Phase.TLS, Phase.H2_SETUP)


def answer_of(
    requests: int,
    sites: Sequence[SiteResult],
    phases: Sequence[ProgramPhase],
    loops: Sequence[LoopResult],
    holders: Sequence[Holder],
    held: Sequence[HeldConnections],
    actions: Sequence[str] = (),
    threads: Sequence[ThreadTime] = (),
) -> Answer:
    """What limits the program; ``actions`` are the remedies of its findings."""
    still_open = sum(site.open for site in sites)
    if not requests and not still_open:
        text = "The program made no request with a client that is known here while it was measured."
        return Answer(Limit.NOTHING, text)
    if not requests:
        return Answer(
            Limit.UNKNOWN, f"{still_open:,} requests were begun and none ended while it was measured.", tuple(actions)
        )
    wall = sum(phase.wall_us for phase in phases)
    busiest = max((loop.busy_share for loop in loops), default=0.0)
    if busiest > _BUSY and holders:
        limit, text = _of_loop(busiest, holders)
    elif not wall:
        limit, text = Limit.UNKNOWN, f"{requests:,} requests ended, none of them was seen whole."
    else:
        limit, text = _of_waits(wall, phases, sites, held, busiest if loops else None, threads)
    return Answer(limit, text, tuple(actions))


def _of_loop(busy: float, holders: Sequence[Holder]) -> tuple[Limit, str]:
    holder = holders[0]
    where = f"`{holder.function}` ({holder.file}:{holder.line})"
    inside = f", in `{holder.inside}`" if holder.inside else ""
    if not stands_still(holder, holders):
        doing = "the program's own code" if holder.layer == "app" else f"layer {holder.layer}"
        return Limit.CPU, (
            f"The event loop is busy {busy:.0%} of the time; {holder.share_of_loop:.0%} of that is {doing} under "
            f"{where}{inside}."
        )
    return Limit.LOOP, (
        f"The event loop is held {busy:.0%} of the time; {holder.share_of_loop:.0%} of that it stands still in a call that "
        f"blocks, under {where}{inside}."
    )


def _of_threads(waited_ms: float, mean_ms: float, threads: Sequence[ThreadTime]) -> str:
    waits = f"A request waits {waited_ms:.1f} of its {mean_ms:.1f} ms"
    text = f"{waits} for the interpreter, or for a core, while other threads run."
    most = max(threads, key=lambda row: row.cpu_s, default=None)
    if most is None or not most.cpu_s:
        return text
    return f"{text} Of the program's own functions `{most.function}` ({most.file}:{most.line}) computes most."


def _waited(phase: ProgramPhase) -> float:
    """The phase without what was computed or stood in line for the loop; all of it where nobody saw the states."""
    return phase.wall_us if phase.wait_us is None else phase.wait_us


def _of_waits(
    wall: float,
    phases: Sequence[ProgramPhase],
    sites: Sequence[SiteResult],
    held: Sequence[HeldConnections],
    busy: float | None,
    threads: Sequence[ThreadTime],
) -> tuple[Limit, str]:
    def of(*wanted: Phase) -> float:
        return sum(phase.wall_us for phase in phases if phase.phase in wanted)

    ready = sum(phase.ready_us or 0.0 for phase in phases)
    blocked = sum(site.wall_us * site.requests for site in sites if site.blocking)
    shares = {
        Limit.POOL: sum(_waited(phase) for phase in phases if phase.phase == Phase.POOL) / wall,
        Limit.CONNECT: of(*_CONNECTING) / wall,
        Limit.SERVER: of(Phase.WAIT, Phase.BODY, Phase.SERVER) / wall,
        Limit.LOOP: (of(Phase.LOOP) + ready) / wall,
    }
    limit = max(shares, key=lambda each: shares[each])
    mean_ms, share = wall / 1e3, shares[limit]
    idle = "" if busy is None else f" The event loop is idle {1 - busy:.0%} of the time."
    if limit is Limit.POOL:
        full = next((row for row in held if row.limit is not None and row.most >= row.limit), None)
        most = f" All {full.limit} that are allowed were in use ({full.file}:{full.line})." if full else ""
        return (
            limit,
            f"A request waits {mean_ms * share:.1f} of its {mean_ms:.1f} ms for a free connection.{most}{idle}",
        )
    if limit is Limit.CONNECT:
        return limit, f"A request spends {mean_ms * share:.1f} of its {mean_ms:.1f} ms on making a connection.{idle}"
    if limit is Limit.LOOP and busy is None:
        return Limit.CPU, _of_threads(mean_ms * share, mean_ms, threads)
    if limit is Limit.LOOP or blocked > wall * sum(site.requests for site in sites) / 2:
        return Limit.LOOP, f"A request waits {mean_ms * share:.1f} of its {mean_ms:.1f} ms for the event loop.{idle}"
    slowest = max(sites, key=lambda site: site.requests * site.wall_us)
    peer = f" ({slowest.peer.host}:{slowest.peer.port})" if slowest.peer else ""
    return limit, (
        f"The program waits for the network and the server{peer}: {mean_ms * share:.1f} of the {mean_ms:.1f} ms of a "
        f"request.{idle}"
    )
