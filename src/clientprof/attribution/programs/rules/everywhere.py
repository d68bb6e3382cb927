"""Rules about work that is done a little everywhere: log records, asyncio's debug mode, decoding of bodies."""

from collections.abc import Iterable, Iterator, Mapping

from clientprof.attribution.programs.loops.kinds_of_work import (
    COMPRESSED,
    DEBUG_MODE,
    DECODING,
    JSON,
    LOG,
    PROGRAM,
    TEXT,
)
from clientprof.attribution.programs.loops.loop_parts import Everywhere, LoopPart
from clientprof.attribution.programs.rules.evidence import Evidence, finding, place
from clientprof.attribution.programs.rules.garbage import GARBAGE
from clientprof.model.figures import percent
from clientprof.model.findings import Finding
from clientprof.model.layers import Layer
from clientprof.model.programs.results import Holder

# Of the loops' busy time: what takes less is not worth a finding. Debug mode is never wanted under load, and records at
# level DEBUG hardly ever; a record or two for each request are everyday life, and take a tenth where requests are cheap.
_LEAST = {LOG: 0.2, DEBUG_MODE: 0.05, DECODING: 0.2}
_LEAST_DEBUG_RECORDS = 0.1
# Of the time in which requests were under way.
_LEAST_SHARE = 0.01
_FEWEST_SAMPLES = 10
# Microseconds of CPU per request: a service that does nothing but decode small bodies is as it should be.
_LEAST_DECODING_US = 1000.0
_MOST = 0.5

_DOING = {
    LOG: "writing log records",
    DEBUG_MODE: "asyncio's debug mode",
    DECODING: "decoding bodies of responses",
    GARBAGE: "garbage collection",
}
_DECODES = {
    JSON: "Parsing JSON",
    COMPRESSED: "Decompressing bodies",
    TEXT: "Decoding texts",
}
_DECODE_ELSEWHERE = {
    JSON: (
        "Parse large answers in a process pool or with a faster parser, or ask the server for less at a time.",
        "data = await loop.run_in_executor(process_pool, json.loads, response.content)",
    ),
    COMPRESSED: (
        "Decompress in a thread, which lets the loop run, or ask for bodies that are not compressed where the network is "
        "fast.",
        'headers = {"Accept-Encoding": "identity"}  # of the client',
    ),
    TEXT: (
        "Say the encoding instead of having it guessed, or use the bytes.",
        'response.encoding = "utf-8"  # before response.text',
    ),
}


def told(part: LoopPart | None, name: str, evidence: Evidence) -> bool:
    """Whether the part is worth a finding."""
    if part is None:
        return False
    least = _LEAST[name]
    if name == LOG and part.kinds.get("debug", 0.0) > _MOST * part.held_s:
        least = _LEAST_DEBUG_RECORDS
    return (
        part.share_of_loop >= least
        and part.samples >= _FEWEST_SAMPLES
        and part.held_s >= evidence.noticed_s(_LEAST_SHARE)
    )


def done_everywhere(evidence: Evidence, findings: Iterable[Finding]) -> list[Everywhere]:
    """What the first line says of each kind of work that is a finding, the largest first."""
    shares = {name: part.share_of_loop for name, part in evidence.parts.items()}
    shares[GARBAGE] = evidence.garbage.share_of_loop
    told = {each.id for each in findings}
    return sorted((Everywhere(shares[name], _DOING[name]) for name in shares if name in told), reverse=True)


def explains(evidence: Evidence, holder: Holder) -> bool:
    """Whether most of what a function of the program holds the loop for is log records or debug mode, told by themselves."""
    seconds = 0.0
    for name in (LOG, DEBUG_MODE):
        part = evidence.parts.get(name)
        if part is None or not told(part, name, evidence):
            continue
        at = (holder.file, holder.line, holder.function)
        seconds += sum(held for code, held in part.under.items() if (code.file, code.line, code.function) == at)
    return seconds > _MOST * holder.held_s.value


def log_records(evidence: Evidence) -> Iterator[Finding]:
    """Log records that take a large part of the loop's time."""
    part = evidence.parts.get(LOG)
    if part is None or not told(part, LOG, evidence):
        return
    level, share_of_level = _most(part.kinds)
    by, _ = _most(part.by)
    at_level = f", most of them at level {level.upper()}" if level and share_of_level > _MOST else ""
    for_whom = "of the program itself" if by == PROGRAM else f"of {by}"
    packages = [name for name, seconds in _sorted(part.by) if name != PROGRAM and seconds >= 0.1 * part.held_s]
    names = " and ".join(packages[:3])
    fewer = f"Raise the level of the loggers of {names}" if packages else "Write fewer records for each request"
    still_s = part.held_s - part.cpu_s if part.cpu_s < _MOST * part.held_s else 0.0
    blocks = (
        f" For {still_s:,.2f} of the {part.held_s:,.2f} s it computes nothing: a handler waits there for what it writes to, "
        "or the thread for a core."
        if still_s
        else ""
    )
    quiet = "\n".join(f'logging.getLogger("{name}").setLevel(logging.WARNING)' for name in packages[:3])
    yield finding(
        LOG,
        f"Writing log records takes {percent(part.share_of_loop)} of the event loop's busy time, mostly for records "
        f"{for_whom}",
        Layer.OTHER,
        part.place,
        f"Making, formatting and writing them takes {_cpu_us(part, evidence):,.0f} µs of CPU per request{at_level}, all on "
        f"the loop's thread.{blocks}",
        [
            _loop_time(part),
            *(
                f"{percent(seconds / part.held_s)} of it for records of {name}"
                for name, seconds in _sorted(part.by)[:3]
            ),
            *(
                f"{percent(seconds / part.held_s)} of it at level {name.upper()}"
                for name, seconds in _sorted(part.kinds)[:3]
                if name
            ),
        ],
        f"{fewer}, or let a thread write them (`logging.handlers.QueueHandler`).",
        "The claim is wrong if the loop is held as long per request when these loggers are switched off.",
        cost_us=_cpu_us(part, evidence),
        off_cpu_us=part.blamed_us + evidence.for_each_us(still_s) or None,
        code=quiet or "logging.getLogger().handlers[:] = [logging.handlers.QueueHandler(the_queue)]",
    )


def debug_mode(evidence: Evidence) -> Iterator[Finding]:
    """asyncio's debug mode, which notes for each callback, timer and task where it was made."""
    part = evidence.parts.get(DEBUG_MODE)
    if part is None or not told(part, DEBUG_MODE, evidence):
        return
    yield finding(
        DEBUG_MODE,
        f"asyncio's debug mode is on, and takes at least {percent(part.share_of_loop)} of the event loop's busy time",
        Layer.LOOP,
        ("", 0, ""),
        f"In this mode each callback, timer and task notes the stack of its maker: {_cpu_us(part, evidence):,.0f} µs of CPU "
        "per request. What the interpreter notes for each coroutine comes on top and is not in this figure.",
        [
            _loop_time(part),
            *(f"{percent(seconds / part.held_s)} of it for {name}" for name, seconds in _sorted(part.by)[:3]),
        ],
        "Switch it off: PYTHONASYNCIODEBUG in the environment, `python -X dev`, `asyncio.run(..., debug=True)` and "
        "`loop.set_debug(True)` each switch it on.",
        "The claim is wrong if `loop.get_debug()` is False, or CPU per request does not fall without the mode.",
        cost_us=_cpu_us(part, evidence),
        off_cpu_us=part.blamed_us or None,
        code="asyncio.get_running_loop().set_debug(False)",
    )


def decoding(evidence: Evidence) -> Iterator[Finding]:
    """Bodies that are parsed, decompressed or decoded on the loop for so long that others wait."""
    part = evidence.parts.get(DECODING)
    if part is None or not told(part, DECODING, evidence) or _cpu_us(part, evidence) < _LEAST_DECODING_US:
        return
    kind, _ = _most(part.kinds)
    under = f", under {place(*part.place)}," if part.place[0] else ""
    remedy, code = _DECODE_ELSEWHERE[kind]
    yield finding(
        DECODING,
        f"{_DECODES[kind]} on the event loop{under} takes {percent(part.share_of_loop)} of its busy time",
        Layer.DECODE,
        part.place,
        f"It takes {_cpu_us(part, evidence) / 1e3:,.1f} ms of CPU per request; requests were ready and waited "
        f"{part.blamed_us / 1e3:,.1f} ms each for it.",
        [_loop_time(part)],
        remedy,
        "The claim is wrong if ready requests wait as long with the work elsewhere.",
        cost_us=_cpu_us(part, evidence),
        off_cpu_us=part.blamed_us or None,
        code=code,
    )


def _loop_time(part: LoopPart) -> str:
    return f"loop time: {part.held_s:,.2f} s, {percent(part.share_of_loop)} of the event loop's busy time"


def _cpu_us(part: LoopPart, evidence: Evidence) -> float:
    return evidence.for_each_us(part.cpu_s)


def _sorted(parts: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(parts.items(), key=lambda item: -item[1])


def _most(parts: Mapping[str, float]) -> tuple[str, float]:
    """The name with most, and its share."""
    name, seconds = _sorted(parts)[0]
    return name, seconds / sum(parts.values()) if seconds else 0.0
