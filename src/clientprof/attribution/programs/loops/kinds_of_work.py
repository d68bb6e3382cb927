"""Kinds of work that many functions do a little of, told by the frames of a stack: log records, debug mode, decoding."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from clientprof.attribution.costs.stacks import StackTable
from clientprof.attribution.programs.lane import Lane
from clientprof.attribution.programs.loops.loop_parts import Codes, LoopPart, Shown, loop_part
from clientprof.model.programs.recording import ProgramFacts
from clientprof.model.samples import CodeLocation

LOG, DEBUG_MODE, DECODING = "log-records", "asyncio-debug-mode", "decoding-on-loop"
JSON, COMPRESSED, TEXT = "json", "compressed", "text"
PROGRAM, LOOP = "the program", "the event loop"

_LOGGERS = ("logging", "structlog", "loguru")
_LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
_DECODERS = {
    "json": JSON,
    "simplejson": JSON,
    "aiohttp.compression_utils": COMPRESSED,
    "gzip": COMPRESSED,
    "zlib": COMPRESSED,
    "brotli": COMPRESSED,
    "charset_normalizer": TEXT,
    "chardet": TEXT,
}
_ENCODING = {"dump", "dumps", "compress", "write"}
# In modules that also have other code: by the name of the class.
_DECODING_CLASSES = {
    "GZipDecoder": COMPRESSED, "GzipDecoder": COMPRESSED, "DeflateDecoder": COMPRESSED, "BrotliDecoder": COMPRESSED,
    "ZStandardDecoder": COMPRESSED, "ZstdDecoder": COMPRESSED, "MultiDecoder": COMPRESSED, "TextDecoder": TEXT,
}  # fmt: skip


def parts_of_loops(facts: ProgramFacts, lanes: Sequence[Lane]) -> Mapping[str, LoopPart]:
    """What each kind takes of the loops' time."""
    found = {LOG: loop_part(facts, lanes, log_record), DECODING: loop_part(facts, lanes, decoding)}
    # aiohttp looks at stacks itself in debug mode, but others do so for reasons of their own.
    on = any(_notes_its_stack(codes) for lane in lanes for codes in _stacks(lane))
    return {**found, DEBUG_MODE: loop_part(facts, lanes, debug_mode)} if on else found


def log_record(codes: Codes) -> Shown | None:
    """Making, formatting and writing a record: at which level, and for which package."""
    place = next((n for n, code in enumerate(codes) if code.module.partition(".")[0] in _LOGGERS), None)
    if place is None or codes[place].origin == "app":
        return None
    method = codes[place].function.rpartition(".")[2]
    return Shown(method if method in _LEVELS else "", _owner(codes[:place]))


def debug_mode(codes: Codes) -> Shown | None:
    """A look at the stack on behalf of the debug mode: by asyncio, uvloop or aiohttp."""
    place = next((n for n, code in enumerate(codes) if code.module in ("traceback", "asyncio.format_helpers")), 0)
    if not place or log_record(codes[:place]) is not None:
        return None
    caller = codes[place - 1]
    if _notes_its_stack(codes) or caller.module.partition(".")[0] == "aiohttp":
        return Shown("stack", _owner(codes[:place]))
    return None


def decoding(codes: Codes) -> Shown | None:
    """Parsing JSON, decompressing a body, or guessing the encoding of a text."""
    for place in range(len(codes) - 1, -1, -1):
        code = codes[place]
        kind = _decoder(code)
        if kind is not None:
            return Shown(kind, _owner(codes[:place]))
        if code.origin == "app":
            return None
    return None


def _decoder(code: CodeLocation) -> str | None:
    if code.origin == "app" or _encodes(code):
        return None
    name = code.module
    while name:
        if name in _DECODERS:
            return _DECODERS[name]
        name = name.rpartition(".")[0]
    return _DECODING_CLASSES.get(code.function.partition(".")[0])


def _encodes(code: CodeLocation) -> bool:
    """Whether it works the other way round: on what the program sends, or writes somewhere."""
    return code.module.endswith(".encoder") or code.function.rpartition(".")[2] in _ENCODING


def _notes_its_stack(codes: Codes) -> bool:
    """Whether the loop notes where a callback was made, which it does in debug mode alone. uvloop shows no frames."""
    for before, code in pairwise(codes):
        if code.module == "asyncio.format_helpers" and code.function == "extract_stack":
            return True
        if code.module == "traceback" and code.function == "StackSummary.extract" and before.module != "traceback":
            return True
    return False


def _owner(codes: Codes) -> str:
    """Whose code the innermost frame is; what an instrument passes on is its caller's, and uvloop has no frames."""
    code = next((code for code in reversed(codes) if code.origin != "profiler"), None)
    if code is None:
        return LOOP
    return PROGRAM if code.origin == "app" else code.module.partition(".")[0]


def _stacks(lane: Lane) -> "list[list[CodeLocation]]":
    if not len(lane.integers("sample.stack")):
        return []
    table = StackTable(lane.run, charge_profiler=False)
    return [[table.codes[frame] for frame in stack.frames] for stack in table.stacks]
