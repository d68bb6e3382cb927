"""The one sentence: what limits the program, with the figure that it rests on.

A loop that is busy nearly all the time limits whatever runs on it, and waiting for a connection is then its consequence:
the holders of connections do not get to run either. So the loop is asked first, and only an idle one lets the pool, the
server or the making of connections be the limit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from clientprof.attribution.programs.answer.thread_answer import of_thread_use, of_work_between
from clientprof.attribution.programs.gates import (
    NOT_GATED,
    Gated,
    at_a_gate,
    at_executors,
    beside_a_busy_loop,
    between_pieces,
)
from clientprof.attribution.programs.loops.loop_parts import Everywhere
from clientprof.attribution.programs.loops.standing_still import stands_still
from clientprof.attribution.programs.rules.evidence import CONNECTING, connecting_us, queued_share, starts, waited_us
from clientprof.model.figures import percent
from clientprof.model.phases import Phase
from clientprof.model.programs.results import (
    Answer,
    HeldConnections,
    Holder,
    Limit,
    LoopResult,
    ProgramPhase,
    SiteResult,
)
from clientprof.model.programs.threads import ThreadUse, WorkBetween

_BUSY = 0.8
# Of the loop's busy time: from here on, a loop that is busy says little of the program, and more of its machine.
_NO_CORE = 0.5
_MOSTLY = 0.5
_FEW_STEPS = 3
# Of the loop's busy time: who takes less is not what it is busy with.
_WORTH_NAMING = 0.05
# A client itself does not wait in these.
_AROUND = (Phase.PREPARE, Phase.RELEASE, Phase.UNATTRIBUTED)
# Seconds: a function that computes for less is not what others wait for.
_SOME_CPU_S = 0.1
# Of a request: less work between pieces is not worth a sentence.
_SOME_WORK = 0.1
_ONE_AT_A_TIME = " Requests are made one after the other; those that do not depend on each other can be made at once."
_KNOWN = "httpx, httpx2, aiohttp, requests, urllib3, niquests, curl_cffi, http.client, urllib.request, httplib2"
_CONNECTS_BY = {str(Phase.DNS): "looking up the server's name", str(Phase.TLS): "the TLS handshake"}


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an answer rests on.

    ``loops`` are those of processes that make requests. ``actions`` are the remedies of the findings, ``errors`` a sentence
    about error answers. ``transport`` is what stands in the place of a client's own, by package and name. ``interpreter`` is
    the share of the loop's busy time in which it waited for other threads, 0 where that is little. ``one_at_a_time`` is
    whether no two requests were ever under way together. ``waits_inside`` says where calls wait for the program's own code.
    ``threads`` are those without a loop that make requests, ``between`` what others compute while none is under way.
    ``gil`` is whether threads share an interpreter's lock.
    """

    requests: int
    sites: Sequence[SiteResult]
    phases: Sequence[ProgramPhase]
    loops: Sequence[LoopResult]
    holders: Sequence[Holder] = ()
    held: Sequence[HeldConnections] = ()
    actions: Sequence[str] = ()
    threads: ThreadUse | None = None
    between: Sequence[WorkBetween] = ()
    gated: Gated = NOT_GATED
    everywhere: Sequence[Everywhere] = ()
    errors: str = ""
    transport: str | None = None
    interpreter: float = 0.0
    one_at_a_time: bool = False
    waits_inside: str = ""
    gil: bool = True

    @property
    def busy(self) -> float | None:
        """Of the busiest loop while requests were in flight; None where there is no loop."""
        return max((loop.busy_for_requests for loop in self.loops), default=None)


def answer_of(grounds: Grounds) -> Answer:
    """What limits the program."""
    requests, actions = grounds.requests, tuple(grounds.actions)
    still_open = sum(site.open for site in grounds.sites)
    if not requests and not still_open:
        text = f"The program made no request with a client that is known here ({_KNOWN}) while it was measured."
        return Answer(Limit.NOTHING, text)
    if not requests:
        return Answer(
            Limit.UNKNOWN, f"{still_open:,} requests were begun and none ended while it was measured.", actions
        )
    if limiting_holder(grounds.loops, grounds.holders) is not None:
        limit, text = _of_loop(grounds)
        text += beside_a_busy_loop(grounds.gated)
    elif not any(phase.wall_us for phase in grounds.phases):
        limit, text = Limit.UNKNOWN, f"{requests:,} requests ended, none of them was seen whole."
    else:
        limit, text = _of_waits(grounds)
        looks_up = limit is Limit.CONNECT and _most_of_connecting(grounds.phases).phase == Phase.DNS
        gate = at_executors(grounds.gated) if looks_up else ""
        if limit is Limit.STREAM:
            gate = between_pieces(grounds.gated)
        use = grounds.threads if grounds.busy is None else None
        told = of_thread_use(use, text) or of_work_between(grounds.between, text)
        # Where threads do something else most of the time, more of them at once is no advice.
        gate = gate or at_a_gate(grounds.gated, for_threads=told is None)
        if limit is Limit.SERVER and grounds.one_at_a_time and (use is None or use.asking_threads < 2):
            gate += _ONE_AT_A_TIME
        limit, text = (limit, text) if told is None else told
        text += gate
    return Answer(limit, text + grounds.errors, actions)


def limiting_holder(loops: Sequence[LoopResult], holders: Sequence[Holder]) -> Holder | None:
    """What holds a loop that is busy nearly all the time, the first cause of everything else; None where none is."""
    busiest = max((loop.busy_for_requests for loop in loops), default=0.0)
    return _first(loops, holders) if busiest > _BUSY and holders else None


def _first(loops: Sequence[LoopResult], holders: Sequence[Holder]) -> Holder:
    """The one that held loops longest, without what happens once or twice in each process before anybody waits for it: the
    start."""
    few = _FEW_STEPS * starts(loops)
    lasting = (
        holder
        for holder in holders
        if not (0 < holder.steps < few and not holder.blamed_us) and holder.share_of_loop >= _WORTH_NAMING
    )
    return next(lasting, holders[0])


def _of_loop(grounds: Grounds) -> tuple[Limit, str]:
    holders = grounds.holders
    holder = _first(grounds.loops, grounds.holders)
    where = f"`{holder.function}` ({holder.file}:{holder.line})"
    inside = f", in `{holder.inside}`" if holder.inside else ""
    text = (
        f"The event loop is busy {percent(grounds.busy or 0.0)} of the time in which requests are in flight."
        f"{_without_core(holders)}"
    )
    if grounds.interpreter:
        text += (
            f" For up to {percent(grounds.interpreter)} of its busy time it waits for the interpreter, which other threads "
            "have."
        )
    more = [each for each in grounds.everywhere if each.share > holder.share_of_loop]
    less = [each for each in grounds.everywhere if each.share <= holder.share_of_loop]
    text += "".join(
        f" Of its busy time, {percent(each.share)} is {each.doing}, in all functions together." for each in more
    )
    within = "".join(
        f" {percent(each.share)} of the busy time is {each.doing}, in all functions together." for each in less
    )
    if stands_still(holder, holders) and _certainly(holder):
        return Limit.LOOP, (
            f"{text} For {percent(holder.share_of_loop)} of its busy time it stands still in a call that blocks, under "
            f"{where}{inside}.{within}"
        )
    doing = "the program's own code" if holder.layer == "app" else f"layer {holder.layer}"
    return Limit.CPU, (
        f"{text} Of its busy time, {percent(holder.share_of_loop)} is {doing} under {where}{inside}.{within}"
    )


def _certainly(holder: Holder) -> bool:
    """Whether it held the loop for longer than it computed or waited for a core, as far as its few samples can tell."""
    least_s = holder.held_s.value if holder.held_s.low is None else holder.held_s.low
    return least_s > (holder.cpu_s or 0.0) + holder.queued_s + holder.interpreter_s


def _without_core(holders: Sequence[Holder]) -> str:
    """How much of its busy time the loop's thread only waited for a core; empty where that is not most of it."""
    share = queued_share(holders)
    if share < _NO_CORE:
        return ""
    return f" For {percent(share)} of its busy time the loop waits for a core, which other processes or threads have."


def _of_threads(mean_ms: float, waits: float, computes: float, use: ThreadUse | None, *, gil: bool) -> str:
    most = max(() if use is None else use.between, key=lambda row: row.cpu_s, default=None)
    if most is None or most.cpu_s < _SOME_CPU_S:
        # Nobody is seen to have the interpreter. A call that sleeps without a mark, in a hook say, looks the same.
        return (
            f"A request stands still for {mean_ms * waits:.1f} of its {mean_ms:.1f} ms, for neither a connection nor the "
            f"network, and computes for {mean_ms * computes:.1f} ms: other threads or other processes have "
            f"{'the interpreter or ' if gil else ''}the cores, or code inside the call sleeps."
        )
    return (
        f"A request waits {mean_ms * waits:.1f} of its {mean_ms:.1f} ms for {'the interpreter or ' if gil else ''}a core, "
        f"which other threads or other processes have, and computes for {mean_ms * computes:.1f} ms. Of the program's own "
        f"functions `{most.function}` ({most.file}:{most.line}) computes most."
    )


def _computes(grounds: Grounds, reading: float) -> str:
    """In which phase a request computes most, and what of the program holds the loop most where there is one."""
    most = max(grounds.phases, key=lambda phase: phase.cpu_us or 0.0)
    text = f"{(most.cpu_us or 0.0) / 1e3:.1f} ms of it in phase {most.phase}."
    if reading > (most.cpu_us or 0.0):
        text = f"{reading / 1e3:.1f} ms of it where its client gives pieces of the body."
    if not grounds.holders:
        return text
    holder = _first(grounds.loops, grounds.holders)
    return f"{text} `{holder.function}` ({holder.file}:{holder.line}) holds the event loop longest."


def _of_waits(grounds: Grounds) -> tuple[Limit, str]:
    phases, sites, busy = grounds.phases, grounds.sites, grounds.busy
    wall = sum(phase.wall_us for phase in phases)

    def of(*wanted: Phase) -> float:
        return sum(waited_us(phase) for phase in phases if phase.phase in wanted)

    # From when the answer is here until it is read, a request can only stand in line.
    ready = sum(phase.ready_us or 0.0 for phase in phases)
    # A thread's waits are seen where the client is marked, and only there: elsewhere it may as well wait for the network.
    unseen = (
        sum(phase.ready_us or 0.0 for phase in phases if phase.phase == Phase.UNATTRIBUTED) if busy is None else 0.0
    )
    blocked = sum(site.wall_us * site.requests for site in sites if site.blocking)
    connecting = connecting_us(phases)
    use = grounds.threads if busy is None else None
    reading = 0.0 if use is None else use.for_each_us(use.reading_cpu_s)
    reading = min(reading, sum(_for_pieces_us(phase) for phase in phases))
    for_pieces = sum(_for_pieces_us(phase) for phase in phases) - reading
    hidden = sum(_before_a_wait_us(phase) for phase in phases)
    shares = {
        Limit.POOL: of(Phase.POOL) / wall,
        Limit.CONNECT: connecting / wall,
        Limit.SERVER: (of(Phase.WAIT, Phase.BODY, Phase.SERVER) + for_pieces + hidden) / wall,
        Limit.LOOP: (of(Phase.LOOP) + ready - unseen) / wall,
        Limit.STREAM: sum(_in_hands_us(phase) for phase in phases) / wall,
        Limit.UNKNOWN: (sum(_around_us(phase) for phase in phases) + unseen) / wall,
    }
    computes = (sum(phase.cpu_us or 0.0 for phase in phases) + reading) / wall
    # What requests compute while the loop mostly waits is no limit.
    if busy is None or busy > _MOSTLY:
        shares[Limit.CPU] = computes
    limit = max(shares, key=lambda each: shares[each])
    mean_ms, share = wall / 1e3, shares[limit]
    spent = f"{mean_ms * share:.1f} of its {mean_ms:.1f} ms"
    idle = "" if busy is None else f" Meanwhile the event loop is idle {percent(1 - busy)} of the time."
    if limit is Limit.POOL:
        return limit, f"A request waits {spent} {_in_pool(sites, grounds.held)}{idle}"
    if limit is Limit.CONNECT:
        return limit, f"A request spends {spent} on making a connection{_connecting(phases)}.{idle}"
    if limit is Limit.CPU:
        return limit, f"A request computes for {spent}, {_computes(grounds, reading)}"
    if limit is Limit.UNKNOWN:
        return limit, f"A request waits {spent} {_around(phases, unseen, grounds)}{idle}"
    if limit is Limit.STREAM:
        return limit, f"{_in_pieces(mean_ms, share, sites)}{idle}"
    if limit is Limit.LOOP and busy is None:
        return Limit.CPU, _of_threads(mean_ms, share, computes, grounds.threads, gil=grounds.gil)
    if limit is Limit.LOOP or blocked > wall * sum(site.requests for site in sites) / 2:
        line = "" if busy is None else f", which is busy {percent(busy)} of the time in which requests are in flight"
        return Limit.LOOP, f"A request waits {spent} for the event loop{line}."
    slowest = max(sites, key=lambda site: site.requests * site.wall_us)
    peer = f" ({slowest.peer.host}:{slowest.peer.port})" if slowest.peer else ""
    peer = f" (of {slowest.peers:,} hosts)" if slowest.peers > 1 else peer
    reads = _in_threads(phases, wall, grounds.threads) if busy is None and grounds.gil else ""
    return limit, (
        f"The program waits for the network and the server{peer}: {mean_ms * share:.1f} of the {mean_ms:.1f} ms of a "
        f"request.{_meanwhile(hidden / wall, mean_ms)}{reads}{idle}"
    )


def _meanwhile(share: float, mean_ms: float) -> str:
    """What the program did while the server was not ready with the next piece, where that is not little."""
    if share < _SOME_WORK:
        return ""
    return f" For {mean_ms * share:.1f} ms of that it works on pieces that it has, and the next one is not there yet."


def _in_threads(phases: Sequence[ProgramPhase], wall: float, use: ThreadUse | None) -> str:
    """What else a thread may wait for while it asks for pieces, where these are most of the time."""
    asked = sum(phase.inside_us for phase in phases if phase.phase == Phase.STREAM and phase.wait_us is None)
    if asked < _MOSTLY * wall or (use is not None and use.computing_share < _MOSTLY):
        return ""
    return (
        " Most of that is in reads of threads: if these compute a lot (many small pieces), they wait there for each other "
        "and the interpreter, which is not told apart."
    )


def _around_us(phase: ProgramPhase) -> float:
    """What is waited where a client itself has nothing to wait for; 0 where nobody saw whether it waits."""
    return phase.wait_us or 0.0 if phase.phase in _AROUND else 0.0


def _around(phases: Sequence[ProgramPhase], unseen: float, grounds: Grounds) -> str:
    most, transport = max(phases, key=_around_us), grounds.transport
    if grounds.waits_inside and unseen <= _around_us(most):
        return f"for neither a connection nor the network (phase {most.phase}){grounds.waits_inside}."
    known = "" if transport is None else f" Requests go through `{transport}` instead of the client's own transport."
    if most.phase == Phase.UNATTRIBUTED or unseen > _around_us(most):
        return (
            "for something that leaves no mark: a cache, a hook or a transport of its own around the client, or a version "
            f"of it that is not known here.{known}"
        )
    return (
        f"for neither a connection nor the network (phase {most.phase}): what stands around the client, such as a hook, a "
        f"retry, a cache or a transport of its own, waits there.{known}"
    )


def _for_pieces_us(phase: ProgramPhase) -> float:
    """What the client waited for pieces; 0 where that is not told from what the program did between them."""
    return 0.0 if phase.between_us is None else waited_us(phase)


def _in_hands_us(phase: ProgramPhase) -> float:
    """What the program did between two pieces with the server ahead of it; all of the phase where that is not known."""
    if phase.phase != Phase.STREAM:
        return 0.0
    return phase.wall_us if phase.late_us is None else phase.late_us


def _before_a_wait_us(phase: ProgramPhase) -> float:
    """What the program did between two pieces while the next one was not there: with less of it, it would have waited."""
    return (phase.between_us or 0.0) - (phase.late_us or 0.0)


def _in_pieces(mean_ms: float, share: float, sites: Sequence[SiteResult]) -> str:
    most = max(sites, key=lambda site: site.requests * sum(map(_in_hands_us, site.phases)))
    if all(row.between_us is not None for row in most.phases if row.phase == Phase.STREAM):
        return (
            f"For {mean_ms * share:.1f} of the {mean_ms:.1f} ms of a request the program keeps its answer open and does "
            f"other work between two pieces ({most.file}:{most.line}): the server is ahead of it."
        )
    return (
        f"For {mean_ms * share:.1f} of the {mean_ms:.1f} ms of a request the program reads its answer piece by piece "
        f"({most.file}:{most.line}): waits for the server, and the program's own work between two pieces, are not told "
        "apart."
    )


def _connecting(phases: Sequence[ProgramPhase]) -> str:
    """What takes most of it, where that is not the connection itself."""
    most = _most_of_connecting(phases)
    name = _CONNECTS_BY.get(most.phase, "")
    # Standing in line is no part of it, as it is none of the whole.
    return name and f", {(most.wall_us - (most.ready_us or 0.0)) / 1e3:.1f} ms of it on {name}"


def _most_of_connecting(phases: Sequence[ProgramPhase]) -> ProgramPhase:
    return max((each for each in phases if each.phase in CONNECTING), key=lambda each: each.wall_us)


def _in_pool(sites: Sequence[SiteResult], held: Sequence[HeldConnections]) -> str:
    """What a wait in the pool is for: a free connection where all were in use, else the pool itself."""
    bounded = [row for row in held if row.limit is not None]
    full = next((row for row in bounded if row.full), None)
    if full is not None:
        allowed = f"{full.limit} that are allowed{' to one host' if full.one_host else ''}"
        return f"for a free connection. All {allowed} were in use ({full.file}:{full.line})."
    if not bounded:
        return "for a connection."
    waits = {
        (site.file, site.line, site.peer): site.requests
        * sum(waited_us(row) for row in site.phases if row.phase == Phase.POOL)
        for site in sites
    }
    row = max(bounded, key=lambda row: waits.get((row.file, row.line, row.peer), 0.0))
    spare = (row.limit or 0) - row.in_use
    return (
        f"inside the pool, although {spare:,} more connections were allowed: at most {row.in_use:,} of {row.limit:,} were "
        f"in use ({row.file}:{row.line})."
    )
