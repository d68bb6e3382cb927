"""pprof's profile.proto, as far as clientprof writes it, declared at run time and read by Google's protobuf."""

import gzip
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, unknown_fields

_INT, _UINT, _STRING, _MESSAGE, _BOOL = 3, 4, 9, 11, 8
# Name: (number, type or message, repeated), from profile.proto.
_MESSAGES: dict[str, dict[str, tuple[int, int | str, bool]]] = {
    "ValueType": {"type": (1, _INT, False), "unit": (2, _INT, False)},
    "Label": {"key": (1, _INT, False), "str": (2, _INT, False), "num": (3, _INT, False)},
    "Sample": {"location_id": (1, _UINT, True), "value": (2, _INT, True), "label": (3, "Label", True)},
    "Mapping": {"id": (1, _UINT, False), "filename": (5, _INT, False), "has_functions": (7, _BOOL, False),
                "has_filenames": (8, _BOOL, False), "has_line_numbers": (9, _BOOL, False)},
    "Line": {"function_id": (1, _UINT, False), "line": (2, _INT, False)},
    "Location": {"id": (1, _UINT, False), "mapping_id": (2, _UINT, False), "line": (4, "Line", True)},
    "Function": {"id": (1, _UINT, False), "name": (2, _INT, False), "system_name": (3, _INT, False),
                 "filename": (4, _INT, False), "start_line": (5, _INT, False)},
    "Profile": {"sample_type": (1, "ValueType", True), "sample": (2, "Sample", True), "mapping": (3, "Mapping", True),
                "location": (4, "Location", True), "function": (5, "Function", True), "string_table": (6, _STRING, True),
                "period_type": (11, "ValueType", False), "period": (12, _INT, False), "comment": (13, _INT, True),
                "default_sample_type": (14, _INT, False)},
}  # fmt: skip


def _profile_class() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="profile.proto", package="perftools.profiles", syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, (number, kind, repeated) in fields.items():
            row = message.field.add(name=field, number=number, label=3 if repeated else 1)
            if isinstance(kind, str):
                row.type, row.type_name = _MESSAGE, f".perftools.profiles.{kind}"  # type: ignore[assignment]
            else:
                row.type = kind  # type: ignore[assignment]
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)  # type: ignore[attr-defined]
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("perftools.profiles.Profile"))


def read_pprof(content: bytes) -> dict[tuple[str, ...], tuple[int, int]]:
    """Stacks from the root inwards, ended by the sample's layer, with samples and nanoseconds; everything is checked."""
    profile = _profile_class().FromString(gzip.decompress(content))
    assert len(unknown_fields.UnknownFieldSet(profile)) == 0
    strings = list(profile.string_table)
    assert strings[0] == ""
    assert len(set(strings)) == len(strings)
    kinds = [(strings[kind.type], strings[kind.unit]) for kind in profile.sample_type]
    assert kinds == [("samples", "count"), ("cpu", "nanoseconds")]
    assert strings[profile.default_sample_type] == "cpu"
    functions = {function.id: function for function in profile.function}
    locations = {location.id: location for location in profile.location}
    assert 0 not in functions.keys() | locations.keys()
    assert [mapping.id for mapping in profile.mapping] == [1]
    stacks: dict[tuple[str, ...], tuple[int, int]] = {}
    for sample in profile.sample:
        names = [strings[functions[line.function_id].name] for n in sample.location_id for line in locations[n].line]
        (layer,) = [strings[label.str] for label in sample.label if strings[label.key] == "layer"]
        key = (*reversed(names), layer)
        samples, cpu_ns = sample.value
        before = stacks.get(key, (0, 0))
        stacks[key] = (before[0] + samples, before[1] + cpu_ns)
    return stacks
