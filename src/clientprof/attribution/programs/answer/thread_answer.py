"""What the first sentence says of threads that make requests: whether they compute all the time, or do something else."""

from collections.abc import Sequence

from clientprof.model.figures import percent
from clientprof.model.programs.results import Limit
from clientprof.model.programs.threads import ThreadTime, ThreadUse, WorkBetween

# Of the time in which they do something: threads that compute for so much of it have no time for more requests.
_FULL = 0.8
_MOSTLY = 0.5
# A function that takes more of it is told without its part.
_NEARLY_ALL = 0.9
# Seconds: a program that does so little has nothing to be told of.
_SOME_S = 0.1


def computes_all_the_time(use: ThreadUse | None) -> bool:
    """Whether threads compute for nearly all of the time in which they do something. Where they do for less, nobody knows
    whether they stand in line for the interpreter or wait for a database meanwhile."""
    return use is not None and use.cpu_s >= _SOME_S and bool(use.computing) and use.computing_share >= _FULL


def of_thread_use(use: ThreadUse | None, of_requests: str) -> tuple[Limit, str] | None:
    """What limits threads where it is not their requests, of which ``of_requests`` tells; None where it is these."""
    if use is None:
        return None
    if computes_all_the_time(use):
        return Limit.CPU, _computing(use)
    outside = sum(row.share for row in use.between)
    wall_s = sum(row.wall_s.value for row in use.between)
    # Many threads that rarely ask are no measure of the few that ask all the time.
    if min(outside, use.outside_by_requests) < _MOSTLY or wall_s < _SOME_S:
        return None
    cpu_s, one = min(wall_s, sum(row.cpu_s for row in use.between)), use.asking_threads == 1
    requests = "requests" if use.asking_threads == use.threads else "most requests"
    threads = f"The thread that makes {requests} spends" if one else f"Threads that make {requests} spend"
    text = (
        f"{threads} {percent(outside)} of {'its' if one else 'their'} time outside of requests, "
        f"{_mostly_in(use.between[0], use)}. {'It computes' if one else 'They compute'} there for "
        f"{_seconds(cpu_s)} of {_seconds(wall_s)} s"
    )
    if cpu_s < _MOSTLY * wall_s:
        interpreter = "the interpreter, " if use.gil and use.threads > use.processes else ""
        text += f", and {'waits' if one else 'wait'} for the rest: for a lock, a pause, a file, a database, another thread, "
        text += f"{interpreter}or a core."
    else:
        text += "."
    return (Limit.CPU if cpu_s >= _MOSTLY * wall_s else Limit.OUTSIDE), f"{text} {_in_requests(of_requests)}"


def of_work_between(work: Sequence[WorkBetween], of_requests: str) -> tuple[Limit, str] | None:
    """What limits the program where a thread that makes no requests computes more than requests take; None where it does
    not."""
    share, cpu_s = sum(row.share for row in work), sum(row.cpu_s for row in work)
    if share < _MOSTLY or cpu_s < _SOME_S:
        return None
    most = work[0]
    part = most.share / share
    return Limit.CPU, (
        f"No request is under way for {percent(share)} of the time in which the program does something: a thread that makes "
        f"none computes then, {f'{percent(part)} of it ' if part < _NEARLY_ALL else ''}in {_where(most)}. "
        f"{_in_requests(of_requests)}"
    )


def _computing(use: ThreadUse) -> str:
    most, one = use.computing[0], use.threads == 1
    threads = "The thread that makes requests computes" if one else f"{use.threads} threads that make requests compute"
    shared, who = use.shares_interpreter, "it does" if one else "they do"
    text = (
        f"{threads} for {_seconds(use.cpu_s)} of the {_seconds(use.could_compute_s)} s in which {who} "
        f"something{', and only one of them at a time has the interpreter' if shared else ''}. Of that, "
        f"{percent(most.cpu_s / use.cpu_s)} is in {_where(most)}."
    )
    return text + (" Their waits for the server include waits for the interpreter." if shared else "")


def _mostly_in(most: ThreadTime, use: ThreadUse) -> str:
    part = most.share / sum(row.share for row in use.between)
    others = len(use.between) > 1 and part < _NEARLY_ALL
    return f"{f'{percent(part)} of it ' if others else ''}in {_where(most)}"


def _where(row: ThreadTime | WorkBetween) -> str:
    return f"`{row.function}` ({row.file}:{row.at_line}){f', in `{row.inside}`' if row.inside else ''}"


def _in_requests(text: str) -> str:
    return f"In requests, t{text[1:]}" if text.startswith("The program") else text


def _seconds(value: float) -> str:
    return f"{value:,.1f}" if value >= 1 else f"{value:.2f}"
