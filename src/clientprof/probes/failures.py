"""Probes that raised: each is removed at its first error and noted; the program under measurement goes on.

Probes guard their bookkeeping, and only that, with try/except, which costs nothing while nothing is raised (since
Python 3.11). A removed probe becomes inert where it stands: putting the patched attribute back in the middle of a run
could undo somebody else's later patch, and what is running inside the wrapper would stamp once more all the same.
"""

from os.path import basename
from types import TracebackType

_OURS = __name__.partition(".")[0]


def _place(traceback: TracebackType | None) -> str:
    """`` at file.py:line``, the innermost one in this package; empty where the error was not raised below it."""
    place = ""
    while traceback is not None:
        if str(traceback.tb_frame.f_globals.get("__name__")).partition(".")[0] == _OURS:
            place = f" at {basename(traceback.tb_frame.f_code.co_filename)}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place


def _kind(error: Exception) -> str:
    """The error's type, and of a missing attribute whose it was: names of code, never the program's values."""
    kind = type(error).__name__
    if isinstance(error, AttributeError) and error.name:
        return f"{kind} ({type(error.obj).__name__} has no {error.name})"
    return kind


class Failures:
    """The removed probes of one process, each with the type of the error that removed it, and where it was raised."""

    def __init__(self) -> None:
        self._errors: dict[str, str] = {}
        self._left_out: dict[str, str] = {}

    def remove(self, name: str, error: Exception) -> None:
        """Note that the probe was removed; only its first error counts. Texts of errors are not kept."""
        self._errors.setdefault(name, f"{_kind(error)}{_place(error.__traceback__)}")

    def leave_out(self, name: str, fault: str) -> None:
        """Note that an instrument was not put in, because what it would have been put into is not as it was."""
        self._left_out.setdefault(name, fault)

    def removed(self, name: str) -> bool:
        """Whether the probe has been removed."""
        return name in self._errors

    @property
    def notes(self) -> tuple[str, ...]:
        """For the run's facts, one line a probe."""
        return (
            *(f"left out: {name}: {fault}" for name, fault in self._left_out.items()),
            *(f"probe removed: {name}: {error}" for name, error in self._errors.items()),
        )


def ignore(_value: int) -> None:
    """What a removed probe appends to."""
