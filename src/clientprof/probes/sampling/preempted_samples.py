"""Samples that were due while the machine had given the thread's core to somebody else.

A timer by the wall comes due in such a time too, and is handled as soon as the thread goes on: at whatever it did when it
lost the core, most often a system call that woke another process. On a busy machine that made ``send`` take twice its CPU.

How late a sample comes is known, and so are the thread's CPU since the sample before and how long it has waited for a core
since then (the kernel counts that, ``run_delay``). Whoever waited for less than the sample is late had the core when it was
due. Whoever computed for less had lost it: else one long call of C code, which handles no signal, made it late. Whoever did
both for long enough may have done either. For each sample that had certainly lost the core, one such doubtful sample at the
same place is taken for another; all others count: a place where long calls compute has many that are in doubt.

Such a sample weighs no CPU, and the next one has the CPU of both. It is kept, for by the wall its code did hold the loop.
"""

from collections.abc import Callable
from types import CodeType, FrameType

from clientprof.probes.sampling.run_delay import run_delay_ns

# A signal to running Python code is handled sooner than this.
LATE_NS = 60_000


class PreemptedSamples:
    """Tells them; ``queued_ns`` is how long the thread has waited for a core since it began, None where nobody knows."""

    def __init__(self, queued_ns: Callable[[], int | None] = run_delay_ns) -> None:
        self._queued_ns = queued_ns
        self._before: tuple[int | None, int] = (None, 0)
        # Samples of each place that had certainly lost the core, less the doubtful ones that were taken for such.
        self._credit: dict[tuple[CodeType, int], int] = {}

    def was(self, frame: FrameType | None, late_ns: float, cpu_ns: int) -> bool:
        """Whether the sample that found this frame so late was due while the thread had no core. Ask for each, in order.

        ``cpu_ns`` is the thread's CPU so far.
        """
        (queued_ns, computed_ns), self._before = self._before, (self._queued_ns(), cpu_ns)
        if late_ns < LATE_NS or frame is None or queued_ns is None or self._before[0] is None:
            return False
        if self._before[0] - queued_ns < late_ns:
            return False
        place = (frame.f_code, frame.f_lasti)
        certain = cpu_ns - computed_ns < late_ns
        credit = self._credit.get(place, 0)
        if certain or credit:
            self._credit[place] = credit + (1 if certain else -1)
        return certain or credit > 0
