"""How long the server waits before it answers: fixed, or drawn from a seeded distribution in order of arrival."""

import random
from collections.abc import Callable
from typing import Protocol

MAX_DELAY_MS = 600_000.0
_SEQUENCES = 1024
_BIMODAL_LOW_SHARE = 0.9


class Delay(Protocol):
    """Anything that says how long the next request waits."""

    def next_ms(self) -> float:
        """Milliseconds for the next request."""
        ...


class FixedDelay:
    """The same for every request."""

    def __init__(self, ms: float) -> None:
        self._ms = ms

    def next_ms(self) -> float:
        """Milliseconds for the next request."""
        return self._ms


class SeededDelay:
    """A sequence drawn from a distribution; ``restart`` begins it again, so that each arm sees the same delays."""

    def __init__(self, name: str, seed: int, draw_ms: Callable[[random.Random], float]) -> None:
        self._seed_text = f"{name} {seed}"
        self._draw_ms = draw_ms
        self._source = random.Random(self._seed_text)

    def next_ms(self) -> float:
        """Milliseconds for the next request."""
        return min(self._draw_ms(self._source), MAX_DELAY_MS)

    def restart(self) -> None:
        """Begin the sequence again."""
        self._source = random.Random(self._seed_text)


def exponential(mean_ms: float, seed: int) -> SeededDelay:
    """Exponentially distributed with the given mean: independent waits, many short and few long ones."""
    rate = 1 / mean_ms if mean_ms else 0.0
    return SeededDelay(f"exp {mean_ms:g}", seed, lambda source: source.expovariate(rate) if rate else 0.0)


def bimodal(low_ms: float, high_ms: float, seed: int) -> SeededDelay:
    """90 % wait ``low_ms``, 10 % wait ``high_ms``: a cache with misses."""
    return SeededDelay(
        f"bimodal {low_ms:g} {high_ms:g}",
        seed,
        lambda source: low_ms if source.random() < _BIMODAL_LOW_SHARE else high_ms,
    )


class DelayBook:
    """One sequence per distribution and seed, whatever size and query the requests have."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._sequences: dict[tuple[str, float, float, int], SeededDelay] = {}

    def exponential(self, mean_ms: float, seed: int | None) -> SeededDelay:
        """The server's sequence of exponential delays; ``seed`` None means the server's own."""
        chosen = self.seed if seed is None else seed
        return self._keep(("exp", mean_ms, 0.0, chosen), lambda: exponential(mean_ms, chosen))

    def bimodal(self, low_ms: float, high_ms: float, seed: int | None) -> SeededDelay:
        """The server's sequence of bimodal delays; ``seed`` None means the server's own."""
        chosen = self.seed if seed is None else seed
        return self._keep(("bimodal", low_ms, high_ms, chosen), lambda: bimodal(low_ms, high_ms, chosen))

    def restart(self) -> None:
        """Begin every sequence again."""
        for sequence in self._sequences.values():
            sequence.restart()

    def _keep(self, key: tuple[str, float, float, int], make: Callable[[], SeededDelay]) -> SeededDelay:
        if key not in self._sequences:
            if len(self._sequences) >= _SEQUENCES:
                del self._sequences[next(iter(self._sequences))]
            self._sequences[key] = make()
        return self._sequences[key]
