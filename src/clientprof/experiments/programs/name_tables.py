"""Names of all processes in tables of the whole program: each process numbered its own."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from clientprof.experiments.programs.raw_process import RawProcess
from clientprof.model.programs.recording import CallSite, ClientName, Gate, Peer, Route, Settings

Integers = npt.NDArray[np.int64]


class NameTables:
    """``places(process, table, numbers)`` are the program's places of a process's numbers, -1 for those that name
    nothing."""

    def __init__(self) -> None:
        self.sites: list[CallSite] = []
        self.routes: list[Route] = []
        self.peers: list[Peer] = []
        self.clients: list[ClientName] = []
        self.settings: list[Settings] = []
        self.hosts: list[str] = []
        self.gates: list[Gate] = []
        self._maps: dict[tuple[str, str], Integers] = {}

    def add(self, process: RawProcess) -> None:
        """Add the names of a process."""
        tables: tuple[tuple[str, list[Any], Callable[[list[Any]], Any]], ...] = (
            ("site", self.sites, _site),
            ("route", self.routes, lambda row: Route(*map(str, row))),
            ("peer", self.peers, lambda row: Peer(str(row[0]), str(row[1]), int(row[2]))),
            ("client", self.clients, _client),
            ("settings", self.settings, _settings),
            ("host", self.hosts, lambda row: str(row[0])),
            ("gate", self.gates, _gate),
        )
        for name, table, build in tables:
            places = []
            for row in process.tables.get(name, []):
                value = build(row)
                if value not in table:
                    table.append(value)
                places.append(table.index(value))
            self._maps[process.identity, name] = np.asarray(places, dtype=np.int64)

    def places(self, process: RawProcess, table: str, numbers: Integers) -> Integers:
        known = self._maps[process.identity, table]
        inside = (numbers >= 0) & (numbers < len(known))
        found = np.full(len(numbers), -1, dtype=np.int64)
        found[inside] = known[numbers[inside]]
        return found


def _site(row: list[Any]) -> CallSite:
    file, line, function, module, origin, through = row
    return CallSite(str(file), int(line), str(function), str(module), str(origin), tuple(map(str, through)))


def _client(row: list[Any]) -> ClientName:
    name, version, blocking, opaque = row
    return ClientName(str(name), str(version), bool(blocking), bool(opaque))


def _settings(row: list[Any]) -> Settings:
    _client, limit, idle, timeouts, tls, http2, trust_env, unlimited, per_host, transport = row
    numbers: Mapping[str, float | None] = {
        str(name): float(value) if isinstance(value, (int, float)) else None for name, value in timeouts.items()
    }
    return Settings(
        limit if isinstance(limit, int) else None, idle if isinstance(idle, int) else None, numbers, tls,
        None if http2 is None else bool(http2), None if trust_env is None else bool(trust_env), tuple(unlimited),
        per_host if isinstance(per_host, int) else None, None if transport is None else str(transport),
    )  # fmt: skip


def _gate(row: list[Any]) -> Gate:
    file, line, function, what, threads, inside, caller_file, caller, workers = row
    return Gate(
        str(file), int(line), str(function), str(what), int(threads), bool(inside), str(caller_file), str(caller),
        int(workers),
    )  # fmt: skip
