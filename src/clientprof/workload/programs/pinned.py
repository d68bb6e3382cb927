"""A command on one core from its first instruction on, so that its threads are there too."""

import os
import sys
from collections.abc import Sequence

_PINNED = "import os, sys; os.sched_setaffinity(0, {int(sys.argv[1])}); os.execvp(sys.argv[2], sys.argv[2:])"


def pinned(command: Sequence[str], cpu: int | None) -> list[str]:
    """The command that runs ``command`` on the core; itself where no core is asked for or the platform cannot."""
    if cpu is None or not hasattr(os, "sched_setaffinity"):
        return list(command)
    return [sys.executable, "-I", "-S", "-c", _PINNED, str(cpu), *command]
