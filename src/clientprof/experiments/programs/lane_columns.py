"""The columns of a lane as the recording has them, from the rows that its process wrote piece by piece.

A process numbers its exchanges across all lanes; a lane of the recording numbers its own. Routes and requests are split
from owners: see ``probes.work_codes``.
"""

import itertools
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from clientprof.experiments.programs.counted import PLACES, counted
from clientprof.experiments.programs.measured_time import leave_out
from clientprof.experiments.programs.name_tables import NameTables
from clientprof.experiments.programs.raw_process import RawLane, RawProcess
from clientprof.model.phases import Mark
from clientprof.model.programs.recording import WITHOUT_POOL
from clientprof.model.run import RoundKind, StepOwner
from clientprof.probes.work_codes import ROUTE_BASE, parts_of

Integers = npt.NDArray[np.int64]
_NOBODY = int(StepOwner.NOBODY)
# Which groups stand in order of which time, so that what was written in several pieces is in order.
_SORTED = {"mark": "at_ns", "handshake": "started_ns", "lookup": "started_ns", "gc": "started_ns"}


class LaneColumns:
    """Builds the columns of one lane; ``detail_lost`` counts exchanges whose beginning or end was not kept."""

    def __init__(
        self, process: RawProcess, lane: RawLane, names: NameTables, from_ns: int = 0, until_ns: int = 1 << 62
    ) -> None:
        """What lies outside ``from_ns`` and ``until_ns`` is not measured: it is left out."""
        self._from_ns, self._until_ns = from_ns, until_ns
        self._process = process
        self._raw = lane.columns
        self._lane = lane
        self._names = names
        self.detail_lost = 0
        self._add_long()
        lane.windows = leave_out(lane.columns, lane.windows, from_ns, until_ns)
        began = self._column("began.number")
        order = np.argsort(began, kind="stable")
        self._order = order
        self._numbers = began[order]

    def _column(self, name: str) -> Integers:
        found = self._raw.get(name)
        return np.zeros(0, dtype=np.int64) if found is None else found

    def local(self, numbers: Integers) -> Integers:
        """The lane's own numbers of the process's exchanges; what is none of the lane's is nobody's."""
        place = np.searchsorted(self._numbers, numbers)
        inside = np.minimum(place, max(0, len(self._numbers) - 1))
        known = (numbers >= 0) & (place < len(self._numbers))
        if len(self._numbers):
            known &= self._numbers[inside] == numbers
        return np.where(known, place, _NOBODY)

    def _places(self, table: str, numbers: Integers) -> Integers:
        return self._names.places(self._process, table, numbers)

    def _routes(self, owners: Integers) -> Integers:
        return self._places("route", np.where(owners <= ROUTE_BASE, parts_of(owners)[1], -1))

    def build(self) -> dict[str, Integers]:
        """All columns of the lane."""
        columns = self._exchanges()
        columns.update(self._rounds(columns.get("exchange.started_ns", np.zeros(0, dtype=np.int64))))
        self._steps(columns)
        self._dwells(columns)
        for group, exchange in (
            ("mark", True), ("span", True), ("write", True), ("read", True), ("handshake", True), ("lookup", True),
            ("traced", True), ("gc", False), ("stack", False), ("frame", False), ("clock", False), ("served", False),
            ("gate", False), ("ask", True), ("computing", False), ("beside", False),
        ):  # fmt: skip
            self._copy(columns, group, exchange=exchange)
        self._long_marks(columns)
        self._marks(columns)
        gates = (("gate.gate", "gate"), ("computing.gate", "gate"))
        for name, table in (("lookup.host", "host"), ("served.route", "route"), *gates):
            if name in columns:
                columns[name] = self._places(table, columns[name])
        self._connections(columns)
        self._slices(columns)
        if len(self._column("pause.at_ns")) and "slice.ended" in columns:
            kept = int((columns.get("exchange.ended_ns", np.zeros(0, dtype=np.int64)) > 0).sum())
            self.detail_lost = max(0, int(columns["slice.ended"].sum()) - kept)
        if self._lane.kind == "threads":
            self._process_rows(columns)
            self._thread_reads_and_writes(columns)
        return columns

    def _copy(self, columns: dict[str, Integers], group: str, *, exchange: bool) -> None:
        names = [name for name in self._raw if name.startswith(f"{group}.")]
        if not names:
            return
        order = None
        if group in _SORTED:
            order = np.argsort(self._raw[f"{group}.{_SORTED[group]}"], kind="stable")
        for name in names:
            values = self._raw[name] if order is None else self._raw[name][order]
            if exchange and name.endswith(".exchange"):
                values = self.local(values)
            columns[name] = values

    def _exchanges(self) -> dict[str, Integers]:
        order = self._order
        count = len(order)
        if not count:
            return {}
        rows = {name: np.zeros(count, dtype=np.int64) for name in _EXCHANGE}
        for name in ("started_ns", "thread", "blocking"):
            rows[name] = self._column(f"began.{name}")[order]
        for name in ("site", "route", "client"):
            rows[name] = self._places(name, self._column(f"began.{name}")[order])
        for name in ("peer", "instance", "body_bytes", "asks"):
            rows[name][:] = -1
        with_cpu = self._lane.kind == "threads" or bool(rows["blocking"].any())
        if with_cpu:
            rows["cpu_started_ns"] = self._column("began.cpu_started_ns")[order]
            rows["cpu_ns"] = np.zeros(count, dtype=np.int64)
        long = {name: name for name in ("returned_ns", "status", "instance")}
        self._fill(rows, "late", {"instance": "instance"})
        self._fill(rows, "long", long)
        wanted = (
            "returned_ns", "status", "body_bytes", "error", "instance", "streamed", "dropped_ns", "resumed_ns", "asks",
            "short_asks_ns",
        )  # fmt: skip
        into = {name: name for name in wanted} | {"at_ns": "ended_ns"}
        if with_cpu:
            into["cpu_ns"] = "cpu_ns"
        self._fill(rows, "longended", into)
        self._fill(rows, "ended", into)
        return {f"exchange.{name}": values for name, values in rows.items()}

    def _add_long(self) -> None:
        """Exchanges that lasted are known even where the window in which they began is not; those that are neither known to
        last nor to have ended, in a recording with gaps, are nothing to go by."""
        raw = self._raw
        began, long = self._column("began.number"), self._column("long.number")
        missing = ~np.isin(long, began)
        if missing.any():
            for name in ("number", "started_ns", "site", "route", "client", "thread", "blocking"):
                raw[f"began.{name}"] = np.concatenate([self._column(f"began.{name}"), raw[f"long.{name}"][missing]])
            none = np.zeros(int(missing.sum()), dtype=np.int64)
            for name in ("began.cpu_started_ns", "began.request"):
                raw[name] = np.concatenate([self._column(name), none])
        if not self._has_gaps():
            return
        numbers = self._column("began.number")
        known = np.isin(numbers, np.concatenate([long, self._column("ended.number")]))
        self.detail_lost += int((~known).sum())
        for name in [name for name in raw if name.startswith("began.")]:
            raw[name] = raw[name][known]

    def _has_gaps(self) -> bool:
        windows = self._lane.windows
        if len(self._column("pause.at_ns")):
            return True
        return any(later[0] > earlier[1] for earlier, later in itertools.pairwise(windows))

    def _long_marks(self, columns: dict[str, Integers]) -> None:
        """Of exchanges that lasted or failed outside of windows, when they asked for a connection and when they got it."""
        numbers = self.local(self._column("long.number"))
        empty = np.zeros(0, dtype=np.int64)
        for name, mark in (("enqueued_ns", Mark.POOL_ENQUEUE), ("acquired_ns", Mark.POOL_ACQUIRED)):
            at = self._column(f"long.{name}")
            if len(at) != len(numbers):
                continue
            # Without an exchange of the measured time there are only those that lasted into it from before, or beyond it.
            if mark == Mark.POOL_ACQUIRED and "exchange.returned_ns" in columns:
                # A response that came and is not read to its end has a connection since it came, at the latest.
                came = columns["exchange.returned_ns"][numbers] * (columns["exchange.error"][numbers] == 0)
                at = np.where(at > 0, at, np.where(numbers >= 0, came, 0))
            marked = columns.get("mark.exchange", empty)[columns.get("mark.kind", empty) == mark]
            more = (numbers >= 0) & (at > 0) & ~np.isin(numbers, marked)
            rows = {"at_ns": at[more], "exchange": numbers[more], "kind": np.full(int(more.sum()), int(mark))}
            if self._lane.kind == "threads":
                rows["cpu_ns"] = np.zeros(int(more.sum()), dtype=np.int64)
            for column, values in rows.items():
                columns[f"mark.{column}"] = np.concatenate([columns.get(f"mark.{column}", empty), values])
        order = np.argsort(columns["mark.at_ns"], kind="stable") if "mark.at_ns" in columns else empty
        for name in [name for name in columns if name.startswith("mark.")]:
            columns[name] = columns[name][order]

    def _marks(self, columns: dict[str, Integers]) -> None:
        """Moments without a stamp: a response that came before its body has its headers then, and is done at its end. A
        request of a client without a pool asks nobody for a connection: it is prepared from its call on."""
        if "exchange.streamed" not in columns:
            return
        returned, ended = columns["exchange.returned_ns"], columns["exchange.ended_ns"]
        poolless = [place for place, client in enumerate(self._names.clients) if client.name in WITHOUT_POOL]
        without_pool = np.isin(columns["exchange.client"], poolless)
        answered = columns["exchange.error"] == 0
        implied = (columns["exchange.streamed"] == 1) & answered & (returned > 0)
        have = np.zeros(len(implied), dtype=bool)
        kind, exchange = columns.get("mark.kind"), columns.get("mark.exchange")
        if kind is not None and exchange is not None:
            have[exchange[(kind == Mark.HEADERS) & (exchange >= 0)]] = True
        places, begun = np.flatnonzero(implied & ~have), np.flatnonzero(without_pool)
        done = np.flatnonzero(((implied & ~have) | (without_pool & answered & (returned > 0))) & (ended > 0))
        empty = np.zeros(0, dtype=np.int64)
        more = {
            "at_ns": np.concatenate([returned[places], ended[done], columns["exchange.started_ns"][begun]]),
            "exchange": np.concatenate([places, done, begun]),
            "kind": np.repeat(
                [int(Mark.HEADERS), int(Mark.DONE), int(Mark.CALL)], [len(places), len(done), len(begun)]
            ),
        }
        if self._lane.kind == "threads":
            clock = columns.get("exchange.cpu_started_ns", np.zeros_like(ended))
            until = clock + columns.get("exchange.cpu_ns", np.zeros_like(ended))
            more["cpu_ns"] = np.concatenate([np.zeros(len(places), dtype=np.int64), until[done], clock[begun]])
        for name, values in more.items():
            columns[f"mark.{name}"] = np.concatenate([columns.get(f"mark.{name}", empty), values])
        order = np.argsort(columns["mark.at_ns"], kind="stable")
        for name in more:
            columns[f"mark.{name}"] = columns[f"mark.{name}"][order]

    def _fill(self, rows: dict[str, Integers], group: str, into: dict[str, str]) -> None:
        numbers = self._column(f"{group}.number")
        local = self.local(numbers)
        known = local >= 0
        if group == "ended" and self._has_gaps():
            self.detail_lost += int((~known).sum())
        for name, target in into.items():
            rows[target][local[known]] = self._column(f"{group}.{name}")[known]
        rows["peer"][local[known]] = self._places("peer", self._column(f"{group}.peer")[known])

    def _rounds(self, started: Integers) -> dict[str, Integers]:
        rounds: list[list[int]] = []
        for from_ns, to_ns, cpu_ns, thread_cpu_ns in self._lane.windows:
            if rounds and from_ns <= rounds[-1][1]:
                rounds[-1][1] = max(rounds[-1][1], to_ns)
                rounds[-1][2] += cpu_ns
                rounds[-1][3] += thread_cpu_ns
            else:
                rounds.append([from_ns, to_ns, cpu_ns, thread_cpu_ns])
        table = np.asarray(rounds, dtype=np.int64).reshape(-1, 4)
        first = np.searchsorted(started, table[:, 0])
        return {
            "round.kind": np.full(len(table), int(RoundKind.MEASURED), dtype=np.int64),
            "round.first": first.astype(np.int64),
            "round.count": (np.searchsorted(started, table[:, 1], side="right") - first).astype(np.int64),
            "round.started_ns": table[:, 0].copy(),
            "round.ended_ns": table[:, 1].copy(),
            "round.cpu_ns": table[:, 2].copy(),
            "round.thread_cpu_ns": table[:, 3].copy(),
            "round.involuntary": np.zeros(len(table), dtype=np.int64),
        }

    def _steps(self, columns: dict[str, Integers]) -> None:
        route = columns.get("exchange.route")
        for group, owner in (("step", "owner"), ("sample", "exchange")):
            self._copy(columns, group, exchange=False)
            raw = self._raw.get(f"{group}.{owner}")
            if raw is None:
                continue
            special = (raw < 0) & (raw > ROUTE_BASE)
            local = np.where(special, raw, self.local(raw))
            columns[f"{group}.{owner}"] = local
            routes = self._routes(raw)
            of_exchange = local >= 0
            if route is not None:
                routes[of_exchange] = route[local[of_exchange]]
            columns[f"{group}.route"] = routes
            if group == "step" and "served.number" in self._raw:
                requests = np.where(raw <= ROUTE_BASE, parts_of(raw)[0], 0)
                requests[of_exchange] = self._column("began.request")[self._order][local[of_exchange]]
                columns["step.request"] = requests
        if "sample.at_ns" in columns:
            columns["sample.thread"] = np.zeros(len(columns["sample.at_ns"]), dtype=np.int64)

    def _dwells(self, columns: dict[str, Integers]) -> None:
        """Where threads were; what computed is a sample as well."""
        self._copy(columns, "dwell", exchange=True)
        if "dwell.at_ns" not in columns:
            return
        computed = columns["dwell.cpu_ns"] > 0
        for name in ("at_ns", "stack", "exchange", "thread"):
            columns[f"sample.{name}"] = columns[f"dwell.{name}"][computed]
        columns["sample.weight_ns"] = columns["dwell.cpu_ns"][computed]
        for name, absent in (("gc_ns", 0), ("off_ns", 0), ("route", -1)):
            columns[f"sample.{name}"] = np.full(int(computed.sum()), absent, dtype=np.int64)
        # In a call of which no more is known, a thread is not outside of calls.
        known = (self._column("dwell.exchange") < 0) | (columns["dwell.exchange"] >= 0)
        for name in [name for name in columns if name.startswith("dwell.")]:
            columns[name] = columns[name][known]

    def _connections(self, columns: dict[str, Integers]) -> None:
        """Connections of the loop's transports, then those of blocking calls, numbered on."""
        opened = np.concatenate([self._column("connection.opened_ns"), self._column("socket.opened_ns")])
        of_loop = len(self._column("connection.opened_ns"))
        if not len(opened):
            return
        exchange = np.concatenate([self._column("connection.exchange"), self._column("socket.exchange")])
        columns["connection.opened_ns"] = opened
        columns["connection.exchange"] = local = self.local(exchange)
        peers = columns.get("exchange.peer")
        columns["connection.peer"] = np.full(len(opened), -1, dtype=np.int64)
        if peers is not None:
            columns["connection.peer"][local >= 0] = peers[local[local >= 0]]
        self._copy(columns, "closing", exchange=False)
        numbers = self._column("socket.number")
        order = np.argsort(numbers)

        def of_socket(values: Integers) -> Integers:
            place = np.searchsorted(numbers[order], values)
            inside = np.minimum(place, max(0, len(numbers) - 1))
            known = (place < len(numbers)) & (values > 0)
            if len(numbers):
                known &= numbers[order][inside] == values
                return np.where(known, of_loop + 1 + order[inside], 0)
            return np.zeros(len(values), dtype=np.int64)

        if "span.connection" in columns:
            columns["span.connection"] = of_socket(columns["span.connection"])
        self._closed_sockets(columns, of_socket)

    def _closed_sockets(self, columns: dict[str, Integers], of_socket: Callable[[Integers], Integers]) -> None:
        threads = self._process.lanes[0].columns
        numbers = threads.get("closedsocket.number")
        if numbers is None:
            return
        connection = of_socket(numbers)
        known = connection > 0
        if not known.any():
            return
        at = threads["closedsocket.at_ns"][known]
        empty = np.zeros(0, dtype=np.int64)
        for name, more in (("at_ns", at), ("connection", connection[known]), ("by", np.zeros(len(at), dtype=np.int64))):
            columns[f"closing.{name}"] = np.concatenate([columns.get(f"closing.{name}", empty), more])

    def _slices(self, columns: dict[str, Integers]) -> None:
        known = dict(columns)
        for group in ("slice", "bucket", "tally"):
            self._copy(known, group, exchange=False)
        for name in PLACES:
            if f"slice.{name}" in known:
                known[f"slice.{name}"] = self._places(name, known[f"slice.{name}"])
        if "tally.what" in known:
            keys = np.asarray(self._process.tables["tally"], dtype=np.int64)[known["tally.what"] // 2]
            for place, name in enumerate(PLACES, start=1):
                known[f"tally.{name}"] = self._places(name, keys[:, place])
            known["tally.error"] = known["tally.what"] % 2
        bounds = self._process.lanes[0].columns.get("uptime.at_ns", np.zeros(0, dtype=np.int64))
        columns.update(counted(known, bounds, self._from_ns, self._until_ns))

    def _process_rows(self, columns: dict[str, Integers]) -> None:
        self._copy(columns, "uptime", exchange=False)
        self._copy(columns, "context", exchange=True)
        if "context.site" in columns:
            columns["context.site"] = self._places("site", columns["context.site"])
        built = self._column("built.instance")
        if not len(built):
            return
        order = np.argsort(built, kind="stable")
        for name in ("built_ns", "built_us"):
            columns[f"instance.{name}"] = self._column(f"built.{name}")[order]
        settings = self._column("built.settings")[order]
        settled = self._column("settled.instance")
        known = settled < len(settings)
        settings[settled[known]] = self._column("settled.settings")[known]
        columns["instance.settings"] = self._places("settings", settings)
        for name in ("client", "site"):
            columns[f"instance.{name}"] = self._places(name, self._column(f"built.{name}")[order])
        closed = np.zeros(len(built), dtype=np.int64)
        numbers = self._column("closedclient.instance")
        inside = numbers < len(closed)
        closed[numbers[inside]] = self._column("closedclient.at_ns")[inside]
        columns["instance.closed_ns"] = closed

    def _thread_reads_and_writes(self, columns: dict[str, Integers]) -> None:
        """``read.*`` and ``write.*`` of blocking calls are their spans of those kinds."""
        from clientprof.model.run import Blocking

        kind = columns.get("span.kind")
        if kind is None:
            return
        read = kind == Blocking.READ
        columns["read.at_ns"] = columns["span.ended_ns"][read]
        write = (kind == Blocking.WRITE) | (kind == Blocking.LARGE_WRITE)
        for name in ("started_ns", "ended_ns"):
            columns[f"write.{name}"] = columns[f"span.{name}"][write]
        for name in ("exchange", "connection"):
            columns[f"read.{name}"] = columns[f"span.{name}"][read]
            columns[f"write.{name}"] = columns[f"span.{name}"][write]


_EXCHANGE = (
    "started_ns", "ended_ns", "status", "body_bytes", "error", "received_ns", "written_ns", "site", "peer", "client",
    "instance", "route", "thread", "blocking", "streamed", "returned_ns", "dropped_ns",
    "resumed_ns", "asks", "short_asks_ns",
)  # fmt: skip
