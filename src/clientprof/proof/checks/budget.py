"""How much time a check may take, and the seed of everything it draws."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """``scale`` 1 is what ``clientprof selfcheck`` takes for a check; the slow tests take more, ``--quick`` less."""

    scale: float = 1.0
    seed: int = 1
