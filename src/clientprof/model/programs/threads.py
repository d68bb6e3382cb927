"""Where threads that make requests are between them, and what they compute there."""

from dataclasses import dataclass

from clientprof.model.estimate import Estimate

# With more CPU than this in a time, threads do not share one interpreter's lock, or C code lets go of it.
_ONE_INTERPRETER = 1.1


@dataclass(frozen=True, slots=True)
class ThreadTime:
    """A function of the program in threads that call clients, outside of these calls.

    ``wall_s`` is how long threads were in it, summed over them, with its interval from the looks; ``cpu_s`` the part that
    computed, the rest stood still, or waited for the interpreter or a core. ``at_line`` is where it was most of the time,
    ``inside`` the innermost function below it that took half of that, None where there is none.
    ``share`` is of the time in which these threads do something.
    """

    file: str
    line: int
    function: str
    at_line: int
    wall_s: Estimate
    cpu_s: float
    share: float
    threads: int
    inside: str | None = None


@dataclass(frozen=True, slots=True)
class WorkBetween:
    """A function of the program that computes in threads that make no requests, while none is under way in any other.

    ``cpu_s`` is of the time in which threads were looked at. ``share`` is how long it was at work, of the time in which it
    was or any request was under way. ``at_line`` is where it was most of the time, ``inside`` the innermost function below
    it that took half of that.
    """

    file: str
    line: int
    function: str
    at_line: int
    cpu_s: float
    share: float
    looks: int
    inside: str | None = None


@dataclass(frozen=True, slots=True)
class ThreadUse:
    """What threads without an event loop that make requests do, of the time in which they are in a call of a client or in a
    function of the program; waiting for the next task of a pool is neither.

    ``busy_s`` is how long at least one of a process did something, summed over ``processes``; ``worked_s`` is summed over
    ``threads``, and ``cpu_s`` the part that computed. ``between`` are the program's functions outside of requests in the
    ``asking_threads`` that make most of them, a share ``asking_share``, from the first request of each to the end of its
    last, those with most time first; shares are of these threads' time. ``outside_by_requests`` is how much of their time
    all threads spend so, where each counts by its requests. ``beside`` are functions outside of calls, so also while a
    response is open, and ``computing`` those in calls as well, both with most CPU first, and shares of ``worked_s``.
    ``reading_cpu_s`` is what clients compute where they give pieces of open responses. All that is of so many ``requests``
    that ended: of those of the program, the ones of which rows were kept. ``gil`` says whether threads of a process share
    one interpreter's lock.
    """

    busy_s: float
    cpu_s: float
    worked_s: float
    threads: int
    processes: int
    between: tuple[ThreadTime, ...] = ()
    beside: tuple[ThreadTime, ...] = ()
    computing: tuple[ThreadTime, ...] = ()
    reading_cpu_s: float = 0.0
    requests: int = 0
    asking_threads: int = 0
    outside_by_requests: float = 0.0
    gil: bool = True
    asking_share: float = 1.0

    @property
    def could_compute_s(self) -> float:
        """The time in which the threads did something: of those that share an interpreter one at a time, else each."""
        return self.busy_s if self.gil else self.worked_s

    @property
    def computing_share(self) -> float:
        """CPU over the time in which the threads did something: 1 is all that threads who share an interpreter can have."""
        return self.cpu_s / self.could_compute_s if self.could_compute_s else 0.0

    def for_each_us(self, seconds: float) -> float:
        """So many seconds altogether, as microseconds of each of the requests that these threads made."""
        return seconds * 1e6 / max(1, self.requests)

    def between_each_us(self, seconds: float) -> float:
        """So many seconds of rows of ``between``, as microseconds of each request of the threads that they are of."""
        return self.for_each_us(seconds) / self.asking_share

    @property
    def shares_interpreter(self) -> bool:
        """Whether the threads are several of one process, of which only one at a time runs Python. With much more CPU than
        time, C code of theirs lets go of the lock."""
        return self.gil and self.processes == 1 and self.threads > 1 and self.computing_share <= _ONE_INTERPRETER
