"""What one process of a program left in the folder: names, windows, and what is never thinned."""

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from clientprof.recording.segments import read_chunks, read_lines

Integers = npt.NDArray[np.int64]


@dataclass(slots=True)
class RawLane:
    """One lane's columns, whole, and the windows they come from as (from, to, process CPU, thread CPU)."""

    number: int
    kind: str
    loop: str
    columns: dict[str, Integers]
    windows: list[tuple[int, int, int, int]]
    thread: str = ""
    main: bool = False
    codes: list[list[Any]] = field(default_factory=list)


@dataclass(slots=True)
class RawProcess:
    """One process. ``tables`` are the rows of each table of names, in the order of their numbers."""

    identity: str
    kind: str
    parent: str | None
    started_ns: int
    about: Mapping[str, Any]
    ended_ns: int
    ended: str
    lanes: list[RawLane]
    tables: dict[str, list[list[Any]]]
    lines: dict[str, list[list[Any]]]


def read_process(folder: Path, identity: str) -> RawProcess | None:
    """The process, None where it did not get as far as to say that it is one."""
    tables: dict[str, list[list[Any]]] = {}
    lines: dict[str, list[list[Any]]] = {}
    for table, number, row in read_lines(folder / f"{identity}.names"):
        if number < 0:
            lines.setdefault(table, []).append(row)
        else:
            tables.setdefault(table, []).append(row)
    if "process" not in lines:
        return None
    kind, parent, started_ns, about = lines["process"][0]
    end = lines.get("end", [["cut", 0]])[-1]
    lanes = [_lane(folder, identity, row) for row in _first_of_each(lines.get("lane", []))]
    by_number = {lane.number: lane for lane in lanes}
    for number, name, main in tables.get("thread", []):
        if number in by_number:
            by_number[number].thread, by_number[number].main = str(name), bool(main)
    for number, *code in lines.get("code", []):
        if number in by_number:
            by_number[number].codes.append(code)
    last_ns = max((window[1] for lane in lanes for window in lane.windows), default=started_ns)
    return RawProcess(
        identity, kind, parent, started_ns, about, end[1] or last_ns, end[0], lanes, tables, lines
    )  # fmt: skip


def _first_of_each(rows: Iterable[list[Any]]) -> list[list[Any]]:
    return list({row[0]: row for row in rows}.values())


def _lane(folder: Path, identity: str, row: list[Any]) -> RawLane:
    number, kind, loop = row
    windows: list[tuple[int, int, int, int]] = []
    parts: dict[str, list[array[int]]] = {}
    names = sorted(
        folder.glob(f"{identity}.{number}.*.window"), key=lambda path: int(path.name.rsplit(".", 2)[1])
    )  # fmt: skip
    for path in (folder / f"{identity}.{number}.kept", *names):
        for about, columns in read_chunks(path):
            if path.suffix == ".window":
                windows.append((about["from_ns"], about["to_ns"], about["cpu_ns"], about["thread_cpu_ns"]))
            for name, column in columns.items():
                parts.setdefault(name, []).append(column)
    # What was counted one by one, in the slices where a measurement may begin or end.
    for name in ("first", "before", "previous", "now"):
        for _about, columns in read_chunks(folder / f"{identity}.{number}.{name}.tally"):
            for column_name, column in columns.items():
                parts.setdefault(column_name, []).append(column)
    whole = {
        name: np.concatenate([np.frombuffer(each, dtype=np.int64) for each in each_part])
        for name, each_part in parts.items()
    }
    return RawLane(number, str(kind), str(loop), whole, sorted(windows))
