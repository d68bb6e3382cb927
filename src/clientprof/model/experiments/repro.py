"""A script that is to reproduce a finding, and what it said when it was run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Repro:
    """``source`` is None where no script is known for the finding; ``reason`` says why there is none or why it failed.

    ``confirmed`` is True only where the script ran to its end in ``where`` and found what the finding says. ``output`` is
    what it printed, empty where it did not run.
    """

    source: str | None
    output: str = ""
    confirmed: bool = False
    where: str = ""
    seconds: float = 0.0
    reason: str = ""
