"""Frozen dataclasses to JSON and back, for run facts and manifests.

The types say everything: nested dataclasses, tuples, mappings, optionals, enums and scalars are rebuilt from the
annotations, so that a file of another shape is an error with a name and not a half-filled object.
"""

import dataclasses
import enum
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar, cast

T = TypeVar("T")


def to_json(value: object) -> Any:
    """The value as JSON-ready dicts, lists and scalars."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_json(item) for item in value]
    return value


def from_json(kind: type[T], data: object) -> T:
    """An instance of the dataclass from what ``to_json`` gave. Unknown keys are ignored: a newer writer may add some.

    Raises:
        ValueError: a field is missing or has another type; the message names it.
    """
    return cast(T, _build(kind, data, kind.__name__))


def _build(kind: Any, data: Any, where: str) -> Any:
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        if data is None:
            return None
        (kind,) = [option for option in typing.get_args(kind) if option is not types.NoneType]
        return _build(kind, data, where)
    if dataclasses.is_dataclass(kind):
        return _build_dataclass(kind, data, where)
    if origin is tuple:
        if not isinstance(data, list):
            raise ValueError(f"{where}: expected a list")
        arguments = typing.get_args(kind)
        if arguments[1:] == (...,):
            return tuple(_build(arguments[0], item, f"{where}[{i}]") for i, item in enumerate(data))
        if len(arguments) != len(data):
            raise ValueError(f"{where}: expected {len(arguments)} items, found {len(data)}")
        return tuple(_build(kind, item, where) for kind, item in zip(arguments, data, strict=True))
    if origin is Mapping or kind is Mapping:
        if not isinstance(data, dict):
            raise ValueError(f"{where}: expected an object")
        value_kind = typing.get_args(kind)[1]
        return {key: _build(value_kind, item, f"{where}.{key}") for key, item in data.items()}
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        try:
            return kind(data)
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from error
    if kind is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    if not isinstance(data, kind) or (kind is int and isinstance(data, bool)):
        raise ValueError(f"{where}: expected {kind.__name__}, found {type(data).__name__}")
    return data


def _build_dataclass(kind: Any, data: Any, where: str) -> Any:
    if not isinstance(data, dict):
        raise ValueError(f"{where}: expected an object")
    annotations = typing.get_type_hints(kind)
    values: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        if field.name in data:
            values[field.name] = _build(annotations[field.name], data[field.name], f"{where}.{field.name}")
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise ValueError(f"{where}.{field.name} is missing")
    return kind(**values)
