"""How much time a check may take, and the seed of everything it draws."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """``seconds`` of wall time that a check may use to narrow its intervals, about; checks of a fixed length take theirs.

    ``scale`` 1 is the amount of measuring of checks of a fixed length in ``clientprof selfcheck``.
    """

    scale: float = 1.0
    seed: int = 1
    seconds: float = 60.0
