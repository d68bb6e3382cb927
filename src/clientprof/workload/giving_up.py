"""What becomes of a round that cannot be finished in time: it is recorded as far as it came, and the worker ends.

The parent sends two signals: the first asks for a look, the second says that time is up. At the look a client is given up
whose computing, at the rate so far, would need more than twice the time that it has. Signals, because one turn of an event
loop may take minutes: with 4,096 requests at once httpx 0.28.1 has not ended the first turn after 40 s. Cancelling what is
under way would take as long again, so nothing is: the handler writes the run and ends the process.
"""

import signal
import sys
from collections.abc import Callable
from time import perf_counter_ns, process_time_ns
from typing import NoReturn

from clientprof.model.run import RoundKind
from clientprof.workload.rounds import RoundOutcome, Rounds

# A client that waits most of the time is limited by its server: at what rate it computes says nothing.
_COMPUTES = 0.5
_TIMES_TOO_LONG = 2.0
# Of the time that a round may take: one that has had less, because its process was slow to start, shows no rate yet.
_TELLS_AFTER = 1 / 30


class GivingUp:
    """Installs the handlers. ``most_s`` is the time that a round may take; ``leave`` writes the run and ends the process.

    ``blocking``: the client runs in threads, whose requests cannot be left half-way; no new one is begun then, and the round
    ends by itself.
    """

    def __init__(self, rounds: Rounds, most_s: float, leave: Callable[[], NoReturn], *, blocking: bool) -> None:
        self._rounds = rounds
        self._most_s = most_s
        self._leave = leave
        self._blocking = blocking

    def install(self) -> None:
        """Listen to the parent's signals, where the platform has them."""
        if sys.platform == "win32":
            return
        self._rounds.on_stop = self._leave
        signal.signal(signal.SIGUSR1, lambda *_: self.look())
        signal.signal(signal.SIGUSR2, lambda *_: self.give_up())

    def look(self) -> None:
        """Give up where it is clear that the round takes far too long. Who has ended one of as many requests in time can, be
        it the first of a new client; a round that has just begun, none of whose requests is answered, says nothing
        against that."""
        outcome = self._rounds.under_way
        if outcome is None or outcome.kind is RoundKind.WARMUP or self._rounds.most_ended >= outcome.count:
            return
        if self.hopeless(outcome, perf_counter_ns(), process_time_ns(), outcome.waited_for_core_ns()):
            self.give_up()

    def hopeless(self, outcome: RoundOutcome, now_ns: int, cpu_ns: int, queued_ns: int) -> bool:
        """Whether the client computes most of the time and would need far more of it than it has.

        ``cpu_ns`` is the clock of the process's CPU, ``queued_ns`` how long it stood in the queue for a core in this round.
        That is no rest of the client's, and no work of its either: other programs may be gone a moment later.
        """
        own_ns = now_ns - outcome.started_ns - queued_ns
        if own_ns < _TELLS_AFTER * self._most_s * 1e9 or cpu_ns - outcome.cpu_ns < _COMPUTES * own_ns:
            return False
        done = max(1, sum(map(bool, outcome.ended)))
        return own_ns * outcome.count > _TIMES_TOO_LONG * self._most_s * 1e9 * done

    def give_up(self) -> None:
        """Record the round under way as far as it came, and leave; between two rounds, leave before the next."""
        outcome = self._rounds.under_way
        if outcome is not None and outcome.kind is RoundKind.WARMUP and self._rounds.measured:
            self._leave()  # the finale of a lens: what is measured is whole without it
        if outcome is None or self._blocking or outcome.kind is RoundKind.WARMUP:
            self._rounds.stopping = True
            return
        self._rounds.break_off()
        self._leave()
