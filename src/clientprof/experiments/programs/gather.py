"""One recording of everything that the processes of a program left in a folder."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from clientprof.experiments.programs.lane_columns import LaneColumns
from clientprof.experiments.programs.name_tables import NameTables
from clientprof.experiments.programs.raw_process import RawLane, RawProcess, read_process
from clientprof.experiments.programs.request_limit import end_without_last
from clientprof.model.layers import Layer
from clientprof.model.programs.held import HeldLook, MemoryHolder
from clientprof.model.programs.lane import LaneFacts, LaneKind
from clientprof.model.programs.recording import Process
from clientprof.model.run import Run, RunFacts
from clientprof.model.samples import Boundary, CodeLocation
from clientprof.probes.programs.sampled.thread_sampling import INTERVAL_US

Integers = npt.NDArray[np.int64]
LENS = "program"


class Gathered:
    """What a folder holds. ``unsupported`` and ``failed`` are processes in which nothing could be measured, as
    texts."""

    def __init__(self, folder: Path, from_ns: int = 0, until_ns: int = 1 << 62) -> None:
        """``from_ns`` and ``until_ns`` bound what was measured."""
        self._from_ns, self._until_ns = from_ns, until_ns
        identities = sorted(path.name.removesuffix(".names") for path in folder.glob("*.names"))
        found = [read_process(folder, identity) for identity in identities]
        self._processes = sorted((each for each in found if each is not None), key=lambda each: each.started_ns)
        self.unsupported = _texts(folder, "*-unsupported.names")
        self.failed = _texts(folder, "*-failed.names")
        self.tables = NameTables()
        for process in self._processes:
            self.tables.add(process)
        self._layers = _layers(self._processes)
        self._boundaries = _boundaries(self._processes)

    def end_without_last(self, too_many: int) -> int | None:
        """When the measurement would have had to end for so many requests fewer; ask before ``runs``."""
        return end_without_last(self._processes, self._from_ns, self._until_ns, too_many)

    def processes(self) -> tuple[Process, ...]:
        place = {process.identity: number for number, process in enumerate(self._processes)}
        first = next((process.identity for process in self._processes), None)
        rows: list[Process] = []
        for process in self._processes:
            parent = place.get(process.parent or "")
            if parent is None and process.identity != first:
                parent = 0
            kind = "first" if process.identity == first else process.kind
            inherited = self._processes[parent].about if parent is not None else {}
            rows.append(
                Process(
                    parent=parent,
                    kind=kind,
                    name=str(process.about.get("name", "")),
                    python=str(process.about.get("python") or inherited.get("python", "")),
                    started_ns=process.started_ns,
                    ended_ns=process.ended_ns,
                    ended=process.ended,
                    removed=tuple(str(row[0]) for row in process.lines.get("removed", [])),
                    notes=(
                        *dict.fromkeys(str(row[0]) for row in process.lines.get("note", [])),
                        *_not_found(str(row[0]) for row in process.lines.get("missing", [])),
                    ),
                    held=tuple(HeldLook(*map(int, row)) for row in process.lines.get("held", [])),
                    holders=tuple(_holder(row) for row in process.lines.get("holder", [])),
                    gil=bool(process.about.get("gil", inherited.get("gil", True))),
                )
            )
        return tuple(rows)

    def search_paths(self) -> list[str]:
        """Where the processes look for packages."""
        paths: dict[str, None] = {}
        for process in self._processes:
            paths.update(dict.fromkeys(map(str, process.about.get("path", []))))
        return list(paths)

    def runs(self) -> tuple[Run, ...]:
        """One run per lane that saw anything; the lane of its threads for every process."""
        runs: list[Run] = []
        for number, process in enumerate(self._processes):
            for lane in process.lanes:
                if lane.number and not lane.columns:
                    continue
                runs.append(self._run(number, process, lane))
        return tuple(runs)

    def _run(self, number: int, process: RawProcess, lane: RawLane) -> Run:
        build = LaneColumns(process, lane, self.tables, self._from_ns, self._until_ns)
        columns = build.build()
        name = f"p{number}-{'threads' if lane.kind == 'threads' else f'loop{lane.number}'}"
        codes = _codes(lane)
        facts = RunFacts(
            client=name,
            lens=LENS,
            arm=name,
            block=0,
            requests_per_round=0,
            complete=process.ended in ("exit", "_exit", "exec", "signal", "stopped"),
            loop=lane.loop,
            python=str(process.about.get("python", "")),
            boundaries=(*self._boundaries, *self._app_boundaries(codes)),
            module_layers=self._layers,
            codes=codes,
            error_types=tuple(str(row[0]) for row in process.tables.get("error", [])),
            error_texts=tuple("" for _ in process.tables.get("error", [])),
            interval_us=INTERVAL_US,
            program=LaneFacts(
                process=number,
                kind=LaneKind(lane.kind),
                thread=lane.thread or ("MainThread" if lane.kind == "threads" else ""),
                main=lane.main,
                sampled=len(columns.get("sample.at_ns", ())) > 0,
                detail_lost=build.detail_lost,
            ),
        )
        return Run(facts, {key: array("q", values.tobytes()) for key, values in columns.items() if len(values)})

    def _app_boundaries(self, codes: Sequence[CodeLocation]) -> list[Boundary]:
        """The program's own code, and packages that no table knows, are the application wherever they stand."""
        known = {name.partition(".")[0] for name in self._layers}
        return [
            Boundary(code.module, code.function, Layer.APP, True, code.file, code.line)
            for code in codes
            if code.origin == "app" or (code.origin == "package" and code.module.partition(".")[0] not in known)
        ]


def _codes(lane: RawLane) -> tuple[CodeLocation, ...]:
    """What frames point into. Of a process that was killed the last names may be missing."""
    codes = [_location(code) for code in lane.codes]
    frames = lane.columns.get("frame.code")
    missing = 0 if frames is None or not len(frames) else int(frames.max()) + 1 - len(codes)
    return (*codes, *[CodeLocation("", "unknown", "", 0, "stdlib")] * missing)


def _location(code: Sequence[object]) -> CodeLocation:
    _number, file, origin, function, line = code
    path = str(file)
    return CodeLocation(_module_of(path), str(function), path, int(str(line)), str(origin))


def _module_of(file: str) -> str:
    if file.startswith("<"):
        return file.removeprefix("<frozen ").strip("<>")
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _layers(processes: Sequence[RawProcess]) -> dict[str, str]:
    found: dict[str, str] = {}
    for process in processes:
        for _client, layers in process.lines.get("layers", []):
            found.update(layers)
    return found


def _boundaries(processes: Sequence[RawProcess]) -> tuple[Boundary, ...]:
    rows = {tuple(row): None for process in processes for row in process.lines.get("boundary", [])}
    return tuple(
        Boundary(str(module), str(function), Layer(layer), bool(found), str(file), int(line))
        for module, function, layer, found, file, line in rows
    )


def _not_found(targets: Iterable[str]) -> Iterator[str]:
    """A sentence for each package: which of the functions that are observed its version does not have."""
    by_package: dict[str, list[str]] = {}
    for target in dict.fromkeys(targets):
        by_package.setdefault(target.partition(":")[0].partition(".")[0], []).append(target)
    for package, missing in by_package.items():
        yield f"this version of {package} has no {', '.join(missing)}: what they do is not seen"


def _holder(row: Sequence[Any]) -> MemoryHolder:
    ended, file, line, function, held, blocks = row
    return MemoryHolder(int(ended), str(file), int(line), str(function), float(held), float(blocks))


def _texts(folder: Path, pattern: str) -> tuple[str, ...]:
    from clientprof.recording.segments import read_lines

    return tuple(str(row[2][0]) for path in sorted(folder.glob(pattern)) for row in read_lines(path))
