"""What ``packed_numbers`` wrote, read back without its code: five bits a character, the lowest first, a sixth says go on."""

from collections.abc import Iterator
from string import ascii_lowercase, ascii_uppercase, digits

from clientprof.model.layers import Layer
from clientprof.model.ledger.timeline import Timeline, TimelineSpan
from clientprof.model.phases import Phase

_DIGITS = ascii_uppercase + ascii_lowercase + digits + "-_"


def read_numbers(text: str) -> Iterator[int]:
    bits: list[int] = []
    for character in text:
        digit = _DIGITS.index(character)
        bits.append(digit % 32)
        if digit < 32:
            yield sum(part << 5 * place for place, part in enumerate(bits))
            bits = []
    assert not bits, "cut off inside a number"


def read_timelines(data: dict[str, object]) -> list[Timeline]:
    """The lines of ``packed_timelines``, times in microseconds, as exact as its unit."""
    numbers, unit = read_numbers(str(data["lines"])), int(str(data["unit_us"]))
    layers = [Layer(name) for name, _ in data["layers"]]  # type: ignore[attr-defined]
    phases, errors = list(data["phases"]), list(data["errors"])  # type: ignore[call-overload]
    lines = []
    for count in numbers:
        exchange, connection, error, at = (next(numbers) for _ in range(4))
        spans = []
        for _ in range(count):
            head = next(numbers)
            states = [next(numbers) for _ in range(3 if head % 2 else 1)]
            known = [unit * part for part in states[:2]] if head % 2 else [None, None]
            spans.append(TimelineSpan(Phase(phases[head // 2]), unit * at, unit * (at + sum(states)), *known))
            at += sum(states)
        blame = {layer: unit * us for layer, us in ((layer, next(numbers)) for layer in layers) if us}
        named = errors[error - 1] if error else None
        lines.append(Timeline(exchange, connection - 1 if connection else None, tuple(spans), blame, named))
    return lines
