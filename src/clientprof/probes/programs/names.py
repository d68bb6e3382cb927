"""Names that a process's columns point into: code, call sites, routes, peers, hosts, settings, types of errors.

Each name is given a number when it is first seen and written once, as a line of JSON, with the next chunk of columns,
so that what columns on disk point into is on disk too.
"""

import json
from collections.abc import Hashable, Sequence
from typing import Any

# Of these a program may use another one for each call: hosts, deadlines as time-outs, a thread. All would be kept for good.
MOST = 20_000
_ENDLESS = {
    "peer": "peers",
    "host": "hosts",
    "settings": "settings of clients",
    "thread": "threads",
    "site": "call sites",
}


class Names:
    """``number(table, key, row)`` numbers each key of a table from 0; ``take()`` gives the lines that are not written
    yet. Of names without an end only the first ``MOST`` have a number."""

    def __init__(self) -> None:
        self._numbers: dict[str, dict[Hashable, int]] = {}
        self._pending: list[list[Any]] = []
        self._full: set[str] = set()

    def number(self, table: str, key: Hashable, row: Sequence[Any] | None = None) -> int:
        """The key's number, -1 if there are too many. ``row`` is what the name says, the key itself where it is None."""
        numbers = self._numbers.get(table)
        if numbers is None:
            numbers = self._numbers[table] = {}
        found = numbers.get(key)
        if found is None:
            if len(numbers) >= MOST and table in _ENDLESS:
                self._tell_of_more(table)
                return -1
            found = numbers[key] = len(numbers)
            self._pending.append([table, found, list(row if row is not None else key)])  # type: ignore[call-overload]
        return found

    def _tell_of_more(self, table: str) -> None:
        if table not in self._full:
            self._full.add(table)
            self.add("note", (f"there are more than {MOST:,} {_ENDLESS[table]}; those after them are not told apart",))

    def known(self, table: str, key: Hashable) -> int | None:
        """The key's number, None if it has none yet."""
        numbers = self._numbers.get(table)
        return None if numbers is None else numbers.get(key)

    def keys(self, table: str) -> list[Any]:
        """The keys of a table, in the order of their numbers."""
        return list(self._numbers.get(table, ()))

    def add(self, table: str, row: Sequence[Any]) -> None:
        """A line that has no number of its own."""
        self._pending.append([table, -1, list(row)])

    def take(self) -> bytes:
        """The lines since the last time, as bytes to append."""
        count = len(self._pending)
        lines = self._pending[:count]
        del self._pending[:count]
        return b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines)

    def forget(self) -> None:
        """Number everything anew: this is another process now."""
        self._numbers.clear()
        self._full.clear()
        self._pending.clear()
