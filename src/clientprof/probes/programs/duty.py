"""When a loop is recorded in detail: always while it has little to do, otherwise in windows.

Theory of operation. Detail costs the same for each exchange, so what it costs of a second grows with the rate, and what it
teaches does not. A lane therefore records about ``DETAILED_PER_S`` exchanges a second in detail, however many it makes: it
is *on* for a window, then *off* for as long as its rate demands. A window is many times as long as an exchange lasts (by
Little's law: those in flight over those that begin in a second), because only an exchange that begins and ends inside one
is detailed, and short windows would prefer short exchanges. The time between two windows is drawn from 0.5 to 1.5 times
its mean, so that windows do not keep step with a program that does something every so many seconds. The first
``WHOLE_EXCHANGES`` of a measurement are always detailed: one that ends after them is seen whole. Where the rate falls,
detail is on again.

Times are nanoseconds of one clock, given by the caller: nothing here reads it.
"""

DETAILED_PER_S = 150.0
WHOLE_EXCHANGES = 1_000
SHORTEST_NS = 500_000_000
_LONGEST_NS = 5_000_000_000
_WALLS = 10
_MOST_OFF_NS = 30_000_000_000


class Duty:
    """``on`` says whether detail is recorded now, ``due_ns`` when that is to be thought about again."""

    def __init__(self, seed: int, *, always: bool = False) -> None:
        self.on = True
        self.always = always
        self.due_ns = 0
        self._state = seed
        self._from_ns = self._until_ns = self._seen_ns = 0
        self._begun = self._seen = 0
        self._measured_ns = self._whole_until = 0

    def measured_from(self, from_ns: int) -> None:
        """The measurement begins then, or began. Tell before each ``decide``: a program may be measured anew."""
        if from_ns != self._measured_ns:
            self._measured_ns, self._whole_until = from_ns, 0

    def start(self, now_ns: int, begun: int) -> None:
        """The lane's loop begins to run; ``begun`` exchanges have begun on it so far. Detail is on."""
        self.on = True
        self._window(now_ns, begun, SHORTEST_NS)

    def decide(self, now_ns: int, begun: int, in_flight: int) -> bool:
        """Whether detail is recorded from now on; call it when it is due.

        ``begun`` is how many exchanges of the lane have begun, ``in_flight`` how many of them are under way.
        """
        if not self._whole_until and now_ns >= self._measured_ns:
            self._whole_until = begun + WHOLE_EXCHANGES
        whole = begun < self._whole_until
        if not self.on and not whole and now_ns < self._until_ns and self._is_busy(now_ns, begun):
            self._due(min(self._until_ns, now_ns + SHORTEST_NS), now_ns)
            return False
        elapsed_s = max(1, now_ns - self._from_ns) / 1e9
        per_s = (begun - self._begun) / elapsed_s
        window_ns = SHORTEST_NS
        if per_s > 0:
            window_ns = int(min(_LONGEST_NS, max(SHORTEST_NS, _WALLS * in_flight / per_s * 1e9)))
        if self.always or not self.on or per_s <= DETAILED_PER_S or whole:
            self.on = True
        elif now_ns - self._from_ns >= window_ns:
            off_ns = window_ns * (per_s / DETAILED_PER_S - 1) * (0.5 + self._random())
            self.on = False
            window_ns = int(min(off_ns, _MOST_OFF_NS))
        else:
            # The exchanges turned out to last longer than the window was made for.
            self._due(self._from_ns + window_ns, now_ns)
            return True
        self._window(now_ns, begun, window_ns)
        return self.on

    def _random(self) -> float:
        """From 0 to 1. ``random`` would import half of the cryptography into a program that needs none: this is the linear
        congruential generator of Knuth's MMIX, of which the upper bits are good enough."""
        self._state = (self._state * 6364136223846793005 + 1442695040888963407) & (1 << 64) - 1
        return (self._state >> 11) / (1 << 53)

    def _is_busy(self, now_ns: int, begun: int) -> bool:
        """Whether there is still too much to do for detail, since the last look."""
        busy = (begun - self._seen) * 1e9 > DETAILED_PER_S * (now_ns - self._seen_ns)
        self._seen_ns, self._seen = now_ns, begun
        return busy

    def _window(self, now_ns: int, begun: int, length_ns: int) -> None:
        self._from_ns = self._seen_ns = now_ns
        self._begun = self._seen = begun
        self._until_ns = now_ns + length_ns
        # Without detail it is looked whether there is less to do by now.
        self._due(self._until_ns if self.on else min(self._until_ns, now_ns + SHORTEST_NS), now_ns)

    def _due(self, at_ns: int, now_ns: int) -> None:
        """Think about it again then, or when the measurement begins."""
        self.due_ns = min(at_ns, self._measured_ns) if now_ns < self._measured_ns else at_ns
