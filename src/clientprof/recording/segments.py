"""Columns of a running program, put on disk piece by piece: what was written survives whatever becomes of the process.

A chunk is one line of JSON (``{"columns": [[name, rows], ...], ...}``) and the columns' 64-bit integers behind it. Each
chunk is one write to a file that is opened by its path for that write alone: a program may close every descriptor that
it has. A chunk that was cut short ends the reading of its file.
"""

import json
import os
import sys
from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

# Files by which whoever started a program and its processes talk: the measurement is over; when it began; after how many
# requests it ends; and a byte for each of them, whichever process made it.
STOP, FROM, LIMIT, ENDED = "stop", "from", "limit", "ended"
# The processes are to look at their memory.
MEMORY = "memory"
# By which a process and whoever attached to it talk: a lock as long as somebody is attached, and what the process tells.
HELD, STATE = "held", "state"
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)


def append_bytes(path: str, data: bytes) -> None:
    """Add the bytes to the end of the file, in one call as far as the system takes them.

    Raises:
        OSError: the file cannot be written.
    """
    descriptor = os.open(path, _FLAGS, 0o600)
    try:
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            os.fchmod(descriptor, 0o622)  # the process may go on as another user, who is to add to it, not to read it
        while data:
            data = data[os.write(descriptor, data) :]
    finally:
        os.close(descriptor)


def append_chunk(path: str, columns: "Mapping[str, array[int]]", about: Mapping[str, Any]) -> int:
    """Add one chunk; ``about`` is kept with it. Returns its size in bytes.

    Raises:
        OSError: the file cannot be written.
    """
    names = [[name, len(column)] for name, column in columns.items()]
    header = json.dumps({**about, "columns": names, "order": sys.byteorder}, separators=(",", ":")).encode() + b"\n"
    data = header + b"".join(column.tobytes() for column in columns.values())
    append_bytes(path, data)
    return len(data)


def read_chunks(path: Path) -> "Iterator[tuple[dict[str, Any], dict[str, array[int]]]]":
    """The chunks of a file, each as what is said about it and its columns."""
    try:
        data = path.read_bytes()
    except OSError:
        return
    place = 0
    while True:
        end = data.find(b"\n", place)
        if end < 0:
            return
        try:
            about = json.loads(data[place:end])
            sizes = [(str(name), int(rows)) for name, rows in about["columns"]]
        except (ValueError, KeyError, TypeError):
            return
        place = end + 1
        columns: dict[str, array[int]] = {}
        for name, rows in sizes:
            column = array("q")
            if rows < 0 or place + 8 * rows > len(data):
                return
            column.frombytes(data[place : place + 8 * rows])
            if about.get("order") != sys.byteorder:
                column.byteswap()
            columns[name] = column
            place += 8 * rows
        yield about, columns


def read_lines(path: Path) -> Iterator[list[Any]]:
    """The JSON lines of a file of names, up to the first that is cut short."""
    try:
        text = path.read_bytes()
    except OSError:
        return
    for line in text.split(b"\n")[:-1]:
        try:
            value = json.loads(line)
        except ValueError:
            return
        if isinstance(value, list):
            yield value
