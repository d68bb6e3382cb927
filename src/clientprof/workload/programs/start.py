"""What the program's process starts with: instruments that wait for the modules they belong to."""

import functools
import importlib
import os
import sys
from functools import partial
from time import perf_counter_ns
from types import CodeType
from typing import Any

from clientprof.clients.programs import CLIENT_PACKAGES, OBSERVED
from clientprof.clients.programs.observed import Observed, Tables
from clientprof.probes.failures import Failures
from clientprof.probes.observation_points import BoundarySpec, MarkSpec, WaitSpec, find, modules_of
from clientprof.probes.patches import Patches
from clientprof.probes.programs.ended_count import ended_count
from clientprof.probes.programs.exchanges import Exchanges
from clientprof.probes.programs.handed_calls import install_handed_calls
from clientprof.probes.programs.held_memory import each_of, held_memory
from clientprof.probes.programs.imports import ImportWatch
from clientprof.probes.programs.lanes import LaneBook
from clientprof.probes.programs.loops.windowed_patches import WindowedPatches
from clientprof.probes.programs.names import Names
from clientprof.probes.programs.processes import Processes, hide
from clientprof.probes.programs.quiet_wrappers import unseen
from clientprof.probes.programs.resolvers import AIOHTTP, install_resolvers
from clientprof.probes.programs.seam_stamps import SeamStamps
from clientprof.probes.programs.sites import Sites, own_file, place_of
from clientprof.probes.programs.uptime import Uptime
from clientprof.probes.real_threads import threads_share_interpreter
from clientprof.recording.segments import STOP
from clientprof.workload.programs.connection_entries import ConnectionEntries
from clientprof.workload.programs.entries import Entries
from clientprof.workload.programs.process_names import module_of, name_of
from clientprof.workload.programs.routes import Routes

# Whether detail is recorded always or as the load allows ("auto"), and the seed of its windows.
DETAIL = "CLIENTPROF_DETAIL"
_VARIABLES = ("CLIENTPROF_RUN", "CLIENTPROF_PARENT", DETAIL)


# The instruments of this process, if any.
measuring: "list[Instruments]" = []


class Instruments:
    """All instruments of one process; the only object of its kind, kept alive by what it wrapped."""

    def __init__(self, folder: str, boot: str, detail: str | None = None) -> None:
        """``detail`` is what else the environment says of it."""
        self.folder = folder
        self.names = Names()
        self.failures = Failures()
        options = (os.environ.get(DETAIL, "") if detail is None else detail).partition(" ")
        self.book = LaneBook(
            folder, self.names, self._removed, int(options[2] or "1"), always=options[0] == "always"
        )  # fmt: skip
        self.sites = Sites(self.names, CLIENT_PACKAGES)
        self.patches = Patches()
        self.windowed = WindowedPatches(self.book)
        self.exchanges = Exchanges(self.book, self.names, self.sites, self.failures)
        self.stamps = SeamStamps(self.exchanges, self.patches, self.failures)
        self.uptime = Uptime(self.book, self.exchanges, self.stamps)
        self.imports = ImportWatch(self._removed)
        self.sampling: Any = None
        self._seen_notes = 0
        self._detached = False
        self._bounds: set[str] = set()
        variables = {"CLIENTPROF_RUN": folder}
        if DETAIL in os.environ:
            variables[DETAIL] = os.environ[DETAIL]
        self.processes = Processes(variables, boot, self._ending, self.book.lanes)

    def _removed(self, what: str, error: Exception) -> None:
        self.failures.remove(what, error)

    def start(self) -> None:
        """Begin; the program's own modules are not imported yet."""
        self._announce("start", os.environ.get("CLIENTPROF_PARENT"))
        self._count()
        self.imports.install()
        self.processes.install(self.patches, self.imports.when)
        self._watch()
        os.register_at_fork(before=self._before_fork, after_in_parent=self._after_fork, after_in_child=self._forked)
        import atexit

        # The first to be registered is the last to be called.
        atexit.register(self.end, "exit")

    def _announce(self, kind: str, parent: str | None) -> None:
        """Say what process this is."""
        argv = list(getattr(sys, "orig_argv", []))
        about = {
            "name": name_of(argv),
            "python": ".".join(map(str, sys.version_info[:3])),
            "path": list(sys.path),
            "gil": threads_share_interpreter(),
        }
        module = module_of(argv)
        if module is not None:
            self.sites.own_package(module.partition(".")[0])
            about["module"] = module
        self.book.begin(kind, parent, about)

    def _count(self) -> None:
        """Count what ends, from now on."""
        now_ns = perf_counter_ns()
        self.uptime.start(now_ns)
        for lane in self.book.lanes:
            lane.before_flush.append(self._before_flush)
        self.exchanges.on_end = self.uptime.tick
        count = ended_count(self.folder, self.uptime.close)
        exchanges = self.exchanges
        self.memory = held_memory(self.folder, self.names, lambda: exchanges.ended, lambda: exchanges.in_flight)
        self.exchanges.on_ended = each_of(count, self.memory)

    def _watch(self) -> None:
        when = self.imports.when
        for observed in OBSERVED.values():
            kind = ConnectionEntries if observed.sends else Entries
            entries = kind(observed, self.exchanges, self.patches, self.failures)
            for module, installs in entries.targets().items():
                for install in installs:
                    when(module, install)
            when(observed.module, partial(self._on_client, observed, entries))
        self.routes = Routes(self.exchanges, self.patches, self.failures)
        for module, installs in self.routes.targets().items():
            for install in installs:
                when(module, install)
        when("asyncio", self._on_asyncio)
        when("trio", self._on_trio)
        when("signal", self._on_signal)
        when("socket", self.stamps.on_socket)
        when("ssl", self._on_ssl)
        when("http.client", self.stamps.on_http_client)
        install_handed_calls(self.sites, self.patches, self.failures, when)
        when(AIOHTTP, lambda: install_resolvers(self.stamps, self.exchanges, self.patches, self.failures))
        for fork in ("urllib3", "urllib3_future"):
            when(f"{fork}.backend.hface", self.stamps.on_urllib3_future)
        when("truststore", lambda: self._watch_context("truststore._api:SSLContext.__init__"))
        for core in ("httpcore", "httpcore2"):
            for backends in ("_backends", "backends"):  # the second before httpcore 0.17.1
                module = f"{core}.{backends}.sync"
                when(module, partial(self.stamps.on_httpcore, module))

    def _on_signal(self) -> None:
        from clientprof.probes.programs.own_signals import watch_own_death

        watch_own_death(self.patches, self._ending)

    def _on_client(self, observed: Observed, entries: Entries) -> None:
        """A client library was imported: its tables are needed now."""
        tables = observed.tables()
        for mark in tables.marks:
            if mark.target not in observed.implied:
                look = entries.dialled if mark.target in observed.dials else None
                self.imports.once(mark.target, partial(self._mark, mark, look, observed.blocking))
        for wait in tables.waits:
            self.imports.once(wait.target, partial(self._wait, wait))
        self._tell_layers(observed.client, tables)
        if observed.blocking:
            self._samples()

    def _mark(self, mark: MarkSpec, look: Any, blocking: bool) -> None:
        # Threads are recorded in detail all the time.
        if not self.stamps.marks(mark, look, None if blocking else self.windowed) and not mark.optional:
            self.names.add("missing", (mark.target,))

    def _wait(self, wait: WaitSpec) -> None:
        if not self.stamps.wait(wait) and not wait.optional:
            self.names.add("missing", (wait.target,))

    def _tell_layers(self, client: str, tables: Tables) -> None:
        self.names.add("layers", (client, {name: str(layer) for name, layer in tables.layers.items()}))
        for spec in tables.boundaries:
            if spec.target in self._bounds or spec.target.startswith("clientprof."):
                continue
            self._bounds.add(spec.target)
            for module in modules_of(spec.target):
                self.imports.when(module, partial(self._boundary, spec))

    def _boundary(self, spec: BoundarySpec) -> None:
        # Alternatives in modules that are not imported must not be: the program would see them.
        here = [part.strip() for part in spec.target.split("|") if part.strip().partition(":")[0] in sys.modules]
        seam = find("|".join(here))
        if seam is None:
            if not spec.optional:
                self.names.add("boundary", (spec.target, "", str(spec.layer), False, "", 0))
            return
        module, _, function = seam.target.partition(":")
        for code in _own_codes(seam.function):
            row = (module, function, str(spec.layer), True, place_of(code.co_filename)[0], code.co_firstlineno)
            self.names.add("boundary", row)

    @functools.cached_property
    def _loops(self) -> Any:
        """What all event loops share."""
        from clientprof.probes.programs.loops.loop_setting import LoopSetting
        from clientprof.probes.programs.waiting.gates import Gates

        sampling = self._samples()
        gates = Gates(self.names, self.sites, self.failures, sampling.pools)
        return LoopSetting(
            self.book, self.exchanges, self.stamps, self.failures, self.windowed, gates, self._lane_runs, self._lane_stops,
            sampling.lane_pauses, sampling.lane_resumes,
        )  # fmt: skip

    def _on_asyncio(self) -> None:
        from clientprof.probes.programs.loops.program_loop import install_program_loops

        install_program_loops(self._loops, self.patches)
        self.imports.when("uvloop", self._on_uvloop)

    def _on_uvloop(self) -> None:
        from clientprof.probes.programs.loops.program_uvloop import install_program_uvloop

        install_program_uvloop(self._loops, self.patches)

    def _on_trio(self) -> None:
        from clientprof.probes.programs.loops.program_trio import install_program_trio

        install_program_trio(self._loops, self.patches)

    def _samples(self) -> Any:
        if self.sampling is None:
            # First: while it is imported our own hook for it is called, which needs some of the following whole.
            importlib.import_module("signal")
            from clientprof.probes.programs.own_signals import watch_alarms
            from clientprof.probes.programs.sampled.sampling import Sampling

            self.sampling = sampling = Sampling(self.book, self.names, self.sites, self.failures, seed=1)
            self.exchanges.calls, sampling.threads.live = sampling.threads, self.exchanges.live
            sampling.garbage.install()
            watch_alarms(self.patches, sampling.aside)
        return self.sampling

    def _lane_runs(self, lane: Any) -> None:
        if self._before_flush not in lane.before_flush:
            lane.before_flush.append(self._before_flush)
        try:
            self.sampling.lane_runs(lane)
        except Exception as error:
            self.failures.remove("sampler", error)

    def _lane_stops(self, lane: Any) -> None:
        try:
            self.sampling.lane_stops(lane)
        except Exception as error:
            self.failures.remove("sampler", error)
        # What comes after the loop may be the end: servers let their signal kill them once they have tidied up.
        now_ns = perf_counter_ns()
        self.uptime.close(now_ns)
        for each in (lane, self.book.threads):
            each.flush(now_ns)

    def _on_ssl(self) -> None:
        self.stamps.on_ssl()
        self._watch_context("ssl:create_default_context")
        self.imports.when(
            "urllib3.util.ssl_", lambda: self._watch_context("urllib3.util.ssl_:create_urllib3_context")
        )  # fmt: skip

    def _watch_context(self, target: str) -> None:
        seam = find(target)
        if seam is None:
            return
        exchanges, original = self.exchanges, seam.function

        @functools.wraps(original)
        def made(*args: Any, **kwargs: Any) -> Any:
            started_ns = perf_counter_ns()
            try:
                result = original(*args, **kwargs)
            except BaseException as error:
                unseen(error)
                raise
            try:
                exchanges.context_made(started_ns, sys._getframe(1))
            except Exception as error:
                self.failures.remove("TLS contexts", error)
            return result

        self.patches.set_everywhere(seam.owner, seam.name, made)

    def _before_flush(self, now_ns: int) -> None:
        self.uptime.tick(now_ns)
        notes = self.failures.notes
        for note in notes[self._seen_notes :]:
            self.names.add("removed", (note.removeprefix("probe removed: "),))
        self._seen_notes = len(notes)
        if self.book.recording and not os.path.isdir(self.folder):
            self.book.recording = False
        elif self._detached:
            # Once: it flushes all lanes, which ask here too. The main thread has a handler to put back.
            if self.sampling is not None:
                self.sampling.stop()
        elif self._is_over(now_ns):
            self._detached = True
            self._detach(now_ns)

    def _is_over(self, _now_ns: int) -> bool:
        """Whether to take everything out now, in this thread."""
        return os.path.exists(f"{self.folder}/{STOP}")

    def _detach(self, now_ns: int) -> None:
        """The measurement is over, the program goes on: as if nothing had been there."""
        self.names.add("end", ("stopped", now_ns))
        self.exchanges.tell_long(now_ns)
        self.uptime.close(now_ns)
        self.processes.handing_down = False
        self.imports.uninstall()
        if self.sampling is not None:
            self.sampling.stop()
            self.sampling.garbage.uninstall()
        self.patches.restore()
        # What this flush takes is still written; the next one finds that it is over.
        self.exchanges.on_end = lambda _now_ns: None
        self.exchanges.on_ended = None
        if self.memory is not None:
            self.memory.stop()
        self.book.stopping = True

    def _before_fork(self) -> None:
        self._parent = self.book.identity
        if self.sampling is not None:
            self.sampling.threads.stop()

    def _after_fork(self) -> None:
        if self.sampling is not None:
            self.sampling.threads.go_on()

    def _forked(self) -> None:
        """In the child of a fork: another process, which has done nothing yet."""
        try:
            if not self.book.recording:
                return
            parent = self.book.identity
            self.names.forget()
            self.sites.forget()
            for lane in self.book.lanes:
                lane.discard()
            self.exchanges.forget()
            self.stamps.forget()
            self.routes.forget()
            self.uptime.forget()
            about = {"name": name_of(list(getattr(sys, "orig_argv", []))), "python": "", "path": list(sys.path)}
            self.book.begin("fork", parent, about)
            self.uptime.start(perf_counter_ns())
            if self.sampling is not None:
                self.sampling.forget()
        except Exception as error:
            self.book.give_up("a forked process", error)

    def _ending(self, how: str) -> None:
        """The process is about to go away without its exit functions, or to become another program."""
        if how == "exec" and self.sampling is not None:
            self.sampling.stop()
        self.end(how)

    def end(self, how: str) -> None:
        """Write what there is. Nothing that goes wrong here reaches the program."""
        try:
            self._end(how)
        except Exception as error:
            self.failures.remove("the end", error)

    def _end(self, how: str) -> None:
        now_ns = perf_counter_ns()
        if how in ("exit", "signal") and self.sampling is not None:
            self.sampling.stop()
            # What is collected while the interpreter goes away would find modules gone.
            self.sampling.garbage.uninstall()
        if self.book.recording:
            self.exchanges.tell_long(now_ns)
            self.uptime.close(now_ns)
            self.book.flush_all(how)


def _own_codes(function: Any) -> list[CodeType]:
    """The client's own code below our wrappers."""
    found: list[CodeType] = []
    while function is not None and len(found) < 8:
        code = getattr(function, "__code__", None)
        if code is not None and not own_file(code.co_filename):
            found.append(code)
        function = getattr(function, "__wrapped__", None)
    return found


def start(folder: str, boot: str) -> None:
    """Called by the boot folder's sitecustomize."""
    variables = {name: os.environ[name] for name in _VARIABLES if name in os.environ}
    instruments = Instruments(folder, boot)
    measuring.append(instruments)
    try:
        instruments.start()
    finally:
        hide(variables, boot)
