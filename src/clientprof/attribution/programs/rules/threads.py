"""Rules about threads that make requests, in programs without an event loop: what they do instead, and whether they take
turns."""

from collections.abc import Iterator

import numpy as np

from clientprof.attribution.programs.answer.thread_answer import computes_all_the_time
from clientprof.attribution.programs.rules.evidence import Evidence, finding, place
from clientprof.attribution.programs.rules.under_way import share_of_one_at_a_time
from clientprof.model.figures import percent
from clientprof.model.findings import Finding
from clientprof.model.layers import Layer
from clientprof.model.programs.threads import ThreadTime, ThreadUse

# Of the time in which threads do something.
_LEAST = 0.25
_MOSTLY = 0.5
# Of that, computing: what computes less stands still, as pauses do that a program makes on purpose.
_COMPUTES = 0.2
# Of the program's time; and microseconds of a request.
_LEAST_NOTICED = 0.1
_LEAST_US = 100.0
_FEWEST_REQUESTS = 20
_FEWEST_LOOKS = 10
# Asked for so many pieces of one body, all of them this small, a client computes more than it reads. Where nobody knows the
# size, pieces that come one right after the other are no events for which anybody waits.
_MANY_PIECES = 1_000
_SMALL_BYTES = 64
_SOON_NS = 200_000
# Of the time from the first request to the last, with one under way: whoever waits then waits for the other threads.
_BACK_TO_BACK = 0.8
_PROCESSES = (
    "with concurrent.futures.ProcessPoolExecutor() as processes:\n    processes.submit(the_work, response.content)"
)


def works_beside_requests(evidence: Evidence) -> Iterator[Finding]:
    """A function of the program that takes much of the time of the threads that make requests, and computes in it."""
    use = evidence.threads
    if use is None or evidence.requests < _FEWEST_REQUESTS:
        return
    full = computes_all_the_time(use)
    between = {(row.file, row.line, row.function): row for row in use.between}
    for row in use.beside:
        outside = between.get((row.file, row.line, row.function))
        if outside is not None and outside.share >= _LEAST and _computes(outside, use, full=full):
            least, told = outside.wall_s.value, outside
        elif row.cpu_s >= (_LEAST if full else _MOSTLY) * use.could_compute_s:
            least, told, outside = row.cpu_s, row, None
        else:
            continue
        each_us = use.for_each_us if outside is None else use.between_each_us
        enough = (told.wall_s.n or 0) >= _FEWEST_LOOKS and each_us(told.cpu_s) >= _LEAST_US
        if enough and _of_all(evidence, use, least) >= evidence.noticed_s(_LEAST_NOTICED):
            yield _works(evidence, use, told, outside=outside is not None)


def _computes(row: ThreadTime, use: ThreadUse, *, full: bool) -> bool:
    """Whether the function is no pause. Of threads in line for the interpreter, each computes for little of its own."""
    return row.cpu_s >= _COMPUTES * row.wall_s.value or (not full and row.cpu_s >= _LEAST * use.could_compute_s)


def _of_all(evidence: Evidence, use: ThreadUse, seconds: float) -> float:
    """What so many seconds of the requests that the rows are of would be for all requests of the program."""
    return seconds * evidence.requests / max(1, use.requests)


def _works(evidence: Evidence, use: ThreadUse, row: ThreadTime, *, outside: bool) -> Finding:
    each_us = use.between_each_us if outside else use.for_each_us
    cpu_us, wall_us = each_us(row.cpu_s), each_us(row.wall_s.value)
    where = place(row.file, row.at_line, row.function)
    inside = f", most of it in `{row.inside}`" if row.inside else ""
    pieces = _pieces(evidence, row)
    waits = computes_all_the_time(use) and use.shares_interpreter
    share = f"takes {percent(row.share)} of the time of threads that make requests, outside of requests"
    if not outside:
        of = "of the time in which threads that make requests do something"
        share = f"computes for {percent(row.cpu_s / use.could_compute_s)} {of}"
    taken = f"takes {wall_us / 1e3:,.1f} ms per request, and computes" if outside else "computes"
    claim = f"It {taken} for {cpu_us / 1e3:,.1f} ms{' of that' if outside else ' per request'}{inside}."
    remedy = (
        "Do less of it, or with something faster, once for many answers where that can be. What must be computed can be "
        "computed in a process pool while the next requests are under way; what waits for a file or a database can wait in "
        "another thread."
    )
    if pieces:
        remedy = "Ask for larger pieces of the body, some 64 kB each, or read a small body whole."
    return finding(
        "work-beside-requests",
        f"{where} {share}",
        Layer.APP,
        (row.file, row.at_line, row.function),
        claim + (" The threads share one interpreter: what it computes, all of them wait for." if waits else ""),
        [
            f"{use.threads:,} threads compute for {use.cpu_s:,.1f} s of the {use.could_compute_s:,.1f} s in which they do "
            "something",
            *([f"it asks {pieces:,.0f} times for a piece of each body"] if pieces else []),
        ],
        remedy,
        "The claim is wrong if the program takes as long when the function does less.",
        cost_us=cpu_us,
        off_cpu_us=max(0.0, wall_us - cpu_us) if outside else None,
        mechanism="A thread that does something else has no request under way.",
        code="" if pieces else _PROCESSES,
    )


def _pieces(evidence: Evidence, row: ThreadTime) -> float:
    """Into how many pieces the function cuts a body, where these are very many and small; else 0. A stream of events has
    pieces of its own."""
    found = [n for n, each in enumerate(evidence.facts.sites) if (each.file, each.function) == (row.file, row.function)]
    asks = small_asks = bodies = 0
    for lane in evidence.lanes:
        asked, size, lasted = lane.of_exchanges("asks"), lane.of_exchanges("body_bytes"), lane.ended - lane.started
        mine = np.isin(lane.of_exchanges("site"), found) & (asked > 0) & (lasted > 0)
        small = mine & np.where(size >= 0, size < _SMALL_BYTES * asked, lasted < _SOON_NS * asked)
        asks, small_asks = asks + int(asked[mine].sum()), small_asks + int(asked[small].sum())
        bodies += int(small.sum())
    most = small_asks > asks / 2 and small_asks >= _MANY_PIECES * bodies
    return small_asks / bodies if most else 0.0


def works_between_requests(evidence: Evidence) -> Iterator[Finding]:
    """A function of the program that computes, in a thread that makes no requests, while none is under way."""
    use = evidence.threads
    if use is None or evidence.requests < _FEWEST_REQUESTS:
        return
    for row in evidence.between:
        cpu_us = use.for_each_us(row.cpu_s)
        if row.share < _LEAST or row.looks < _FEWEST_LOOKS or cpu_us < _LEAST_US:
            continue
        if _of_all(evidence, use, row.cpu_s) < evidence.noticed_s(_LEAST_NOTICED):
            continue
        where = place(row.file, row.at_line, row.function)
        inside = f", most of it in `{row.inside}`" if row.inside else ""
        yield finding(
            "work-between-requests",
            f"{where} computes for {percent(row.share)} of the time in which the program does something, with no request "
            "under way",
            Layer.APP,
            (row.file, row.at_line, row.function),
            f"It computes for {cpu_us / 1e3:,.1f} ms per request{inside}, in a thread that makes none: the threads that do "
            "wait for it to be done.",
            ["it was seen to compute where no thread was in a call of a client"],
            "Have the next requests under way before this begins, and compute it in a process pool: in a thread beside "
            "them it takes the interpreter from them. Or do less of it, or with something faster.",
            "The claim is wrong if the program takes as long when the function does less.",
            cost_us=cpu_us,
            mechanism="Requests that are not begun before the work on the ones before is done wait for it.",
            code=_PROCESSES,
        )


def takes_turns(evidence: Evidence) -> Iterator[Finding]:
    """Several threads make requests, and never two of them at once: they stand still until it is their turn."""
    use = evidence.threads
    if use is None or not use.between or use.threads < 2:
        return
    row = use.between[0]
    # A worker that waits for its next task does so in a queue; a lock that is waited for has no function of its own.
    stands = row.inside is None and row.threads > 1 and row.cpu_s < _COMPUTES * row.wall_s.value
    if not stands or row.share < _LEAST or share_of_one_at_a_time(evidence) < _BACK_TO_BACK:
        return
    if _of_all(evidence, use, row.wall_s.value) < evidence.noticed_s(_LEAST_NOTICED):
        return
    waited_us = use.between_each_us(row.wall_s.value)
    where = place(row.file, row.at_line, row.function)
    yield finding(
        "threads-take-turns",
        f"{use.threads:,} threads make requests one after the other, and wait at {where}",
        Layer.APP,
        (row.file, row.at_line, row.function),
        f"No two requests are ever under way together. Between two of its requests a thread stands still for "
        f"{waited_us / 1e3:,.1f} ms there, {percent(row.share)} of its time, and computes for little of it.",
        [f"{row.threads:,} threads were seen to stand there"],
        "If that is a lock, do not keep it while a request is under way: guard what is shared, not the call. The clients of "
        "httpx and urllib3 may be called by many threads at once; a session of requests too, if each thread leaves its "
        "settings alone. Where servers set cookies, those of httpx and requests change with each answer, for all threads "
        "that share the client: then give each thread its own.",
        "The claim is wrong if requests are made one after the other without the lock, or if there is none.",
        off_cpu_us=waited_us,
        mechanism="A lock that is kept during a request lets one request be under way, however many threads there are.",
    )
