"""The lanes of a program, of which each is a run, and their columns. The tables of names that all share: ``recording.py``.

A process has one lane for all its threads without an event loop (``LaneKind.THREADS``, always the first run of the
process), one for each thread that runs event loops (``LaneKind.LOOP``; loops that follow each other share a lane),
and one for each that runs greenlets (``LaneKind.GREENLETS``, which has exchanges and marks, no steps and no CPU of a
call). A lane is a ``Run`` like any other: ``facts.lens`` is ``program``, ``facts.client`` and ``facts.arm`` name the
lane, ``facts.program`` says whose it is. Times are ``perf_counter_ns`` of one clock for all processes. Exchanges are
numbered from 0 in each lane, in the order in which they began; where an exchange's number stands in a column, it is
one of the same lane, or -1.

Columns as in ``model.run`` (``round``, ``exchange``, ``step``, ``mark``, ``span``, ``write``, ``read``,
``connection``, ``closing``, ``handshake``, ``gc``, ``sample``, ``stack``, ``frame``), with these differences and
additions:

======================= ====================================================================================
``round.*``             one row per *window*: a time that was recorded without a gap. ``first`` and ``count`` are the
                        exchanges that began in it; ``cpu_ns``, ``thread_cpu_ns`` CPU spent in it (process; the loop's
                        thread). All but windows may be thinned: see ``Thinning``
``exchange.*``          also ``site``, ``peer``, ``client``, ``instance`` (places in the program's tables, -1 unknown),
                        ``route`` (place, -1 none), ``thread`` (number of the thread), ``blocking`` (1: a blocking
                        client called in a thread whose loop was running: it held that loop from start to end),
                        ``streamed`` (1: the call returned before the body was read), ``returned_ns`` (the call gave its
                        response or raised; 0 not yet), ``dropped_ns`` (its response was collected as garbage before it
                        was closed; 0 no), ``resumed_ns`` (after ``returned_ns``, the client began to read the rest of the
                        body, or to close it, in one call; 0 never), ``asks`` (how often the program asked for a piece of
                        the body; -1 where nobody would have seen it), ``short_asks_ns`` (the sum of those that are no row
                        of ``ask.*``). ``ended_ns`` is 0 while the exchange is open (a
                        body not read to its end, a response not closed). ``status`` 0 and ``error`` > 0 where the call
                        raised; ``body_bytes`` -1 where unknown; ``received_ns``, ``written_ns`` are 0: there are no
                        server stamps
``step.route``          place of the route whose request the step worked for, through an exchange or not; -1 none
``step.request``        number of that request among those that the lane's process served, from 1; 0 none, or not known
``served.*``            one row per request of a server framework that was served whole in one window: ``number``, ``route``
                        (place), ``queued_ns`` (its first step was put in line), ``ended_ns`` (its route gave its last word)
``traced.*``            one row per exchange that began inside a span of the program's own tracing: ``exchange``, ``high``,
                        ``low`` (the trace's 128 bits), ``span`` (the span's 64), unsigned bits in signed columns
``sample.*``            also ``route`` (the same of a sample), ``thread`` (number of the thread that was sampled) and, of a
                        loop, ``others_ns`` (CPU of the process's other threads since the sample before; 0 where the
                        interpreter has no lock)
``dwell.*``             where threads were, in a THREADS lane, looked at from outside: ``at_ns`` (until when), ``wall_ns``
                        (for how long), ``cpu_ns`` (of which it computed), ``stack``, ``exchange``, ``thread``.
                        ``sample.*`` are those that computed
``beside.*``            what threads compute that make no requests, in a THREADS lane, looked at from outside: ``at_ns``,
                        ``gap_ns`` (since the look before), ``cpu_ns`` (of the one that computed most in it), ``asked`` (1
                        where a request was under way), ``stack`` (-1 where none computed)
``connection.*``        also ``peer`` (place, -1 unknown)
``closing.by``          who ended it (``EndedBy``)
``ask.*``               one row per call of a response that gives the next piece of its body and took long enough to have
                        waited: ``started_ns``, ``ended_ns``, ``exchange``; in detail only
``lookup.*``            one row per name look-up: ``started_ns``, ``ended_ns``, ``exchange``, ``host`` (place)
``slice.*``             one row per ``SLICE_NS`` of the lane's time and each site, peer, client and route with an
                        exchange that ended in it: ``started_ns``, those four places, ``ended``, ``failed``, ``wall_ns``
                        (sum), ``bucket_first``, ``bucket_count``. Exact counts, **never thinned**
``bucket.*``            the slices' histograms of wall time: ``number`` (see ``bucket_of``), ``count``
``clock.*``             what is counted of a loop's lane whether there is detail or not, twice a second and at the edges of
                        windows: ``at_ns``, ``cpu_ns`` (of the loop's thread, so far), ``begun`` (exchanges, so far),
                        ``queued_ns`` (the thread waited for a core, so far) and ``blocked`` (how often it stood still by
                        its own will, so far), 0 where the system does not tell. Never thinned
``uptime.*``            one row per slice of a process, in its THREADS lane: ``at_ns``, ``cpu_ns`` (of the process, so
                        far), ``memory_bytes`` (resident), ``in_flight``, and so far ``exchanges``, ``connections``
                        (opened), ``closings``, ``handshakes``, ``lookups``, ``collections`` (of the oldest
                        generation); -1 where unknown. Never thinned
``instance.*``          one row per client object, in the THREADS lane: ``built_ns``, ``closed_ns`` (0: not closed),
                        ``built_us`` (how long building took), ``client``, ``site``, ``settings`` (places). A row's
                        number is what ``exchange.instance`` of all lanes of the process says
``gate.*``              looks at the tasks of a loop, or in the THREADS lane at the threads that ask, every half second at
                        most: ``at_ns``, ``gate`` (a place; -1 for the look itself), ``tasks``, calls or items that wait
                        there (of the look: all tasks or threads). Never thinned
``computing.*``         beside these looks, other threads that computed since the look before: ``at_ns``, ``gate`` (the place
                        of the function that each is in), ``cpu_ns``. Never thinned
``context.*``           one row per TLS context made: ``started_ns``, ``ended_ns``, ``site``, ``exchange``, THREADS lane
======================= ====================================================================================

Loops of asyncio and trio that are busy are recorded in windows (``probes.programs.duty``): exchanges that began or ended
between two, or lived across an edge, are in ``slice.*`` alone, unless they lasted, failed (the first hundred of a slice) or
were dropped. Then a hold's ``POOL_ACQUIRED`` may be the moment of the response, the latest that it can be.

Marks of an exchange: ``POOL_ENQUEUE``, ``POOL_ACQUIRED`` (the connection is held from here) and ``RELEASED`` (to here),
``DNS_*``, ``TCP_*``, ``TLS_*``, ``HEADERS``, ``DONE``. A hold without ``RELEASED`` goes on at the end of the recording.

A step's owner is the exchange in whose call it ran. Code of a route before and after its calls has owner ``NOBODY`` and
a ``step.route``. Where a THREADS lane has exchanges, ``mark.cpu_ns`` and ``span.*`` are there as for blocking clients.
"""

import math
from dataclasses import dataclass
from enum import IntEnum, StrEnum

SLICE_NS = 5_000_000_000
# The ``gate`` of a row of ``gate.*`` that is the look itself.
GATE_LOOK = -1
# Eight buckets for each doubling of the wall time: a percentile read from them is right to 9 percent.
BUCKETS_PER_OCTAVE = 8


def bucket_of(wall_ns: int) -> int:
    """The bucket of a wall time: the floor of 8 times the binary logarithm of its microseconds, never negative."""
    return max(0, math.floor(BUCKETS_PER_OCTAVE * math.log2(wall_ns / 1000))) if wall_ns > 1000 else 0


def bucket_bounds_ns(number: int) -> tuple[int, int]:
    """The wall times of a bucket, from and to."""
    low, high = (1000 * 2 ** (each / BUCKETS_PER_OCTAVE) for each in (number, number + 1))
    return (0 if number == 0 else round(low)), round(high)


class EndedBy(IntEnum):
    """Which side ended a connection."""

    UNKNOWN = 0
    SERVER = 1
    PROGRAM = 2


# How a loop is named that stays the program's own: nobody sees what it connects to and looks up.
OTHER_LOOP = "other: "


class LaneKind(StrEnum):
    """What a lane is: an event loop's thread, all threads of a process that run no loop, or a thread whose greenlets take
    turns: their calls wait for the network without holding one another up."""

    LOOP = "loop"
    THREADS = "threads"
    GREENLETS = "greenlets"


@dataclass(frozen=True, slots=True)
class LaneFacts:
    """Whose lane a run is: ``process`` is a place in ``ProgramFacts.processes``; ``main`` says it is the main thread's.

    ``thread`` is the name of the thread. Only the main thread is sampled by a timer, others from outside; ``sampled`` says
    whether there are samples. ``detail_lost`` is how many exchanges of the lane ended outside windows that were kept (they
    are in ``slice.*``).
    """

    process: int
    kind: LaneKind
    thread: str
    main: bool
    sampled: bool
    detail_lost: int = 0
