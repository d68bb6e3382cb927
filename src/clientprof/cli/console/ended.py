"""How measuring ended: what the user is told of it, and the exit code; the same for every measuring command."""

import sys
from pathlib import Path
from typing import Protocol

from clientprof.cli import CommandError
from clientprof.cli.console.ending_signals import INTERRUPTED

_KEPT = "what was measured until then is kept and marked incomplete"


class Ended(Protocol):
    """What measuring left behind. ``failure`` is the one line for the user where an error cut it short."""

    @property
    def interrupted(self) -> bool: ...

    @property
    def failure(self) -> str | None: ...


def nothing_measured(
    outcome: Ended, before: str = "anything was measured", otherwise: str = "nothing was measured"
) -> CommandError:
    """What to raise where measuring ended without a result; ``otherwise`` is said where neither user nor error ended it."""
    if outcome.interrupted:
        return CommandError(f"interrupted before {before}", code=INTERRUPTED)
    return CommandError(outcome.failure or otherwise)


def exit_code(outcome: Ended, kept: str = _KEPT) -> int:
    """0 where all was measured; otherwise it is said on standard error what is kept, or what failed."""
    if outcome.interrupted:
        print(f"clientprof: interrupted; {kept}", file=sys.stderr)
        return INTERRUPTED
    if outcome.failure is not None:
        print(f"clientprof: {outcome.failure}", file=sys.stderr)
        return 1
    return 0


def kept_in(folder: Path) -> str:
    """What to tell of a result that can be gone on with."""
    return f"what was measured is kept; go on with --resume {folder}"
