"""What the first sentence says of threads that make requests: whether they compute all the time, or do something else."""

from clientprof.model.figures import percent
from clientprof.model.programs.results import Limit, ThreadTime, ThreadUse

# Of the time in which they do something: threads that compute for so much of it have no time for more requests.
_FULL = 0.8
_MOSTLY = 0.5
_MUCH = 0.25
_SOME_LINE = 0.25
# With more CPU than this, they do not share one interpreter's lock, or C code lets go of it.
ONE_INTERPRETER = 1.1
# Seconds: a program that does so little has nothing to be told of.
_SOME_S = 0.1


def computes_all_the_time(use: ThreadUse | None) -> bool:
    """Whether threads compute for nearly all of the time in which they do something; for half of it, where they stand in
    line for that: on a machine that others use too, whoever has the interpreter may have no core."""
    if use is None or use.cpu_s < _SOME_S or not use.computing:
        return False
    return use.computing_share >= _FULL or (use.computing_share >= _MOSTLY and _in_line(use) >= _SOME_LINE)


def _in_line(use: ThreadUse) -> float:
    """Of the threads' time, what they are for in functions that compute a lot, and do not compute."""
    if use.threads == use.processes:
        return 0.0
    rows = [row for row in use.between if row.cpu_s >= _MUCH * use.busy_s]
    return sum(max(0.0, row.wall_s.value - row.cpu_s) for row in rows) / use.worked_s


def of_thread_use(use: ThreadUse | None, of_requests: str) -> tuple[Limit, str] | None:
    """What limits threads where it is not their requests, of which ``of_requests`` tells; None where it is these."""
    if use is None:
        return None
    if computes_all_the_time(use):
        return Limit.CPU, _computing(use)
    outside = sum(row.share for row in use.between)
    if outside < _MOSTLY or outside * use.worked_s < _SOME_S:
        return None
    wall_s = sum(row.wall_s.value for row in use.between)
    cpu_s = min(wall_s, sum(row.cpu_s for row in use.between))
    threads = "The thread that makes requests spends" if use.threads == 1 else "Threads that make requests spend"
    text = (
        f"{threads} {percent(outside)} of {'its' if use.threads == 1 else 'their'} time outside of requests, "
        f"{_mostly_in(use.between[0], use)}. {'It computes' if use.threads == 1 else 'They compute'} there for "
        f"{_seconds(cpu_s)} of {_seconds(wall_s)} s"
    )
    if cpu_s < _MOSTLY * wall_s:
        text += ", and stands still" if use.threads == 1 else ", and stand still"
        text += " for the rest, for a lock, a pause, a file, a database or another thread."
    else:
        text += "."
    return (Limit.CPU if cpu_s >= _MOSTLY * wall_s else Limit.OUTSIDE), f"{text} {_in_requests(of_requests)}"


def _computing(use: ThreadUse) -> str:
    most, one = use.computing[0], use.threads == 1
    threads = "The thread that makes requests computes" if one else f"{use.threads} threads that make requests compute"
    shared = not one and use.processes == 1 and use.computing_share <= ONE_INTERPRETER
    text = (
        f"{threads} for {_seconds(use.cpu_s)} of the {_seconds(use.busy_s)} s in which {'it does' if one else 'they do'} "
        f"something{', and only one of them at a time has the interpreter' if shared else ''}. Of that, "
        f"{percent(most.cpu_s / use.cpu_s)} is in {_where(most)}."
    )
    return text + (" Their waits for the server hold waits for the interpreter." if shared else "")


def _mostly_in(most: ThreadTime, use: ThreadUse) -> str:
    others = len(use.between) > 1 and most.share < 0.9 * sum(row.share for row in use.between)
    return f"{f'{percent(most.share)} of it ' if others else ''}in {_where(most)}"


def _where(row: ThreadTime) -> str:
    return f"`{row.function}` ({row.file}:{row.at_line}){f', in `{row.inside}`' if row.inside else ''}"


def _in_requests(text: str) -> str:
    return f"In requests, t{text[1:]}" if text.startswith("The program") else text


def _seconds(value: float) -> str:
    return f"{value:,.1f}" if value >= 1 else f"{value:.2f}"
