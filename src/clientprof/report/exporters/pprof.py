"""pprof's profile.proto (https://github.com/google/pprof/blob/main/proto/profile.proto), gzipped: for ``go tool pprof``.

Two values per sample: ``samples/count`` and ``cpu/nanoseconds``, over all requests of the sample lens' rounds. Each sample
has the label ``layer``, its owner. The few messages are written by hand: a field is ``number << 3 | wire type`` and then a
varint (type 0) or a length and bytes (type 2).
"""

import gzip
from collections.abc import Iterable

from clientprof.model.export import Export
from clientprof.model.samples import CodeLocation
from clientprof.report.exporters.one_line import one_line
from clientprof.report.exporters.weighted_stacks import weighted_stacks


def to_pprof(export: Export) -> bytes:
    """The first client's call tree."""
    client = export.clients[0].client
    profile = client.profile
    assert profile is not None
    strings = {"": 0}

    def text(value: str) -> int:
        return strings.setdefault(one_line(value), len(strings))

    functions: dict[CodeLocation, int] = {}
    layer_key = text("layer")
    samples: list[bytes] = []
    for stack in weighted_stacks(profile):
        # Innermost first, as the format wants it.
        locations = [functions.setdefault(node.location, len(functions) + 1) for node in reversed(stack.nodes)]
        label = _integer(1, layer_key) + _integer(2, text(stack.nodes[-1].layer))
        samples.append(_packed(1, locations) + _packed(2, (stack.samples, stack.cpu_ns)) + _message(3, label))
    cpu = _value_type(text("cpu"), text("nanoseconds"))
    comment = text(f"{client.title}: {profile.requests} requests, the sample lens of clientprof")
    parts = [_message(1, _value_type(text("samples"), text("count"))), _message(1, cpu)]
    parts += [_message(2, sample) for sample in samples]
    # A mapping that says that names need no symbolizing.
    mapping = _integer(1, 1) + _integer(5, text(client.title)) + _integer(7, 1) + _integer(8, 1) + _integer(9, 1)
    parts.append(_message(3, mapping))
    for location, number in functions.items():
        line = _integer(1, number) + _integer(2, location.line)
        parts.append(_message(4, _integer(1, number) + _integer(2, 1) + _message(4, line)))
        name = text(location.name)
        function = _integer(1, number) + _integer(2, name) + _integer(3, name) + _integer(4, text(location.file))
        parts.append(_message(5, function + _integer(5, location.line)))
    parts.append(_message(11, cpu))
    parts.append(_integer(12, round(profile.interval_us * 1000)))
    parts.append(_integer(13, comment))
    parts.append(_integer(14, text("cpu")))
    parts += [_bytes(6, string.encode()) for string in strings]
    return gzip.compress(b"".join(parts), mtime=0)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _integer(field: int, value: int) -> bytes:
    """A non-negative integer; 0 is the default and left out."""
    return _varint(field << 3) + _varint(value) if value else b""


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


_message = _bytes


def _packed(field: int, values: Iterable[int]) -> bytes:
    return _bytes(field, b"".join(map(_varint, values)))


def _value_type(kind: int, unit: int) -> bytes:
    return _integer(1, kind) + _integer(2, unit)
