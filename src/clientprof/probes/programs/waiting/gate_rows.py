"""How the places where a program's tasks, calls and items wait get into the recording."""

from collections import Counter
from types import CodeType, FrameType

from clientprof.model.programs.lane import GATE_LOOK
from clientprof.probes.programs.lanes import Lane, Rows
from clientprof.probes.programs.names import Names
from clientprof.probes.programs.sites import package_of, place_of

# File, line and name.
Function = tuple[str, int, str]
# File, line and function, what is waited for there, of a pool of threads how many these are, whether that is inside of a
# call, the file and function of the program that made the call, empty where no code of it stands above, and of a queue how
# many tasks or, where there are threads, threads take from it.
Place = tuple[str, int, str, str, int, bool, str, str, int]
GATE = ("at_ns", "gate", "tasks")
ITS_OWN_LENGTHS = 200
"""A look is repeated no sooner than so many times its own length later."""


class GateRows:
    """Writes ``gate.*`` of each lane, and the places by their numbers into the table ``gate``."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._rows: dict[int, Rows] = {}

    def write(self, lane: Lane, now_ns: int, looked_at: int, waiting: Counter[Place]) -> None:
        """One look, at so many tasks or threads, and what waits at each place."""
        rows = self._rows.get(lane.number)
        if rows is None:
            rows = self._rows[lane.number] = lane.group("gate", GATE, kept=True)
        rows.add((now_ns, GATE_LOOK, looked_at))
        for place, count in waiting.items():
            rows.add((now_ns, self._names.number("gate", place), count))


def where(frame: FrameType) -> Function:
    """File, line and function of a frame."""
    return place_of(frame.f_code.co_filename)[0], frame.f_lineno or 0, frame.f_code.co_qualname


def function_of(code: CodeType) -> Function:
    """File, first line and name of a function."""
    return place_of(code.co_filename)[0], code.co_firstlineno, code.co_qualname


def name_of(code: CodeType) -> str:
    """``asyncio.Semaphore`` of the code of ``asyncio.locks.Semaphore.acquire``, ``trio.Lock`` of its ``_LockImpl``."""
    file = place_of(code.co_filename)[0]
    package = package_of(code.co_filename) or file.partition("/")[0].removesuffix(".py")
    owner = code.co_qualname.rpartition(".")[0].removeprefix("_").removesuffix("Impl")
    return f"{package}.{owner or code.co_qualname}"
