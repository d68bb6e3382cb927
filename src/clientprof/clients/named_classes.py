"""A table of classes by name, each in a module of its own that is imported when its row is asked for.

A worker needs one client and one lens of many: importing all of them would be a tenth of its start.
"""

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Generic, TypeVar

T = TypeVar("T")


class NamedClasses(MutableMapping[str, type[T]], Generic[T]):
    """Rows of ``name: "module:Class"``, modules relative to ``package``; a class itself may be put in later.

    Raises, where a row is asked for:
        KeyError: there is no such row.
        ImportError, AttributeError: the row names what is not there.
    """

    def __init__(self, package: str, rows: dict[str, str]) -> None:
        self._package = package
        self._rows: dict[str, str | type[T]] = dict(rows)

    def __getitem__(self, name: str) -> type[T]:
        found = self._rows[name]
        if isinstance(found, str):
            module, _, member = found.partition(":")
            found = self._rows[name] = getattr(import_module(f"{self._package}.{module}"), member)
        return found

    def __setitem__(self, name: str, kind: type[T]) -> None:
        self._rows[name] = kind

    def __delitem__(self, name: str) -> None:
        del self._rows[name]

    def __contains__(self, name: object) -> bool:
        return name in self._rows  # without importing it

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)
