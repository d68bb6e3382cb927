"""What a process of a tried program starts with. Each process has two files in the folder: its counts, and lines of JSON.

A line is a mapping: ``{"python": ...}`` once, ``{"applied": suspect}`` or ``{"refused": suspect, "why": ...}`` for each
change, ``{"client": ...}`` for each client object, ``{"broken": ...}`` where our own part failed.
"""

import json
import os
import sys
from functools import partial
from typing import Any

from clientprof.clients.programs import OBSERVED
from clientprof.probes.patches import Patches
from clientprof.probes.programs.imports import ImportWatch
from clientprof.probes.programs.processes import Processes, hide
from clientprof.recording.trial_counts import SUFFIX, CountsFile
from clientprof.workload.changes import ChangeError, make_changes
from clientprof.workload.programs.trying.counted_calls import CountedParts, Counting, wrap_calls
from clientprof.workload.programs.trying.orders import Order, read_orders

LINES = ".lines"

# Kept alive for the life of the process.
_kept: list[object] = []


class TriedProcess:
    """The part of one process of the program."""

    def __init__(self, folder: str, boot: str) -> None:
        self._folder = folder
        self._told: set[str] = set()
        self._patches = Patches()
        self._imports = ImportWatch(lambda what, error: self._tell({"broken": f"{what}: {error}"}))
        self._processes = Processes({"CLIENTPROF_RUN": folder}, boot, lambda _how: None)
        self._counting = Counting(self._counts(), self._tell)

    def start(self) -> None:
        """Make the changes that can be made now, and wait for the modules of the others."""
        orders, overlay = read_orders(self._folder)
        version = ".".join(map(str, sys.version_info[:3]))
        self._tell({"python": sys.executable, "version": version, "path": list(sys.path)})
        if overlay:
            # Behind all others: what the program has, it keeps.
            sys.path.extend(overlay.split(os.pathsep))
        self._imports.install()
        self._processes.install(self._patches, self._imports.when)
        os.register_at_fork(after_in_child=self._forked)
        # Changes first: what is counted is the call as the program makes it.
        for order in orders:
            if order.after:
                self._imports.when(order.after, partial(self._make, order))
            else:
                self._make(order)
        for observed in OBSERVED.values():
            if observed.sends:
                parts = CountedParts(observed, self._counting)
                for target in parts.targets():
                    self._imports.once(target, partial(parts.wrap, self._patches, target))
                continue
            for target in (*observed.entries, *observed.bodies):
                wrap = partial(
                    wrap_calls, observed, self._counting, self._patches, target, body=target in observed.bodies
                )
                self._imports.once(target, wrap)

    def _make(self, order: Order) -> None:
        try:
            make_changes((order.change,))
        except ChangeError as error:
            self._tell({"refused": order.suspect, "why": str(error)})
        else:
            self._tell({"applied": order.suspect})

    def _counts(self) -> CountsFile:
        return CountsFile(f"{self._folder}/{os.getpid()}{SUFFIX}")

    def _forked(self) -> None:
        try:
            self._counting.begin_anew(self._counts())
            told, self._told = sorted(self._told), set()
            for line in told:
                if '"client"' not in line:
                    self._tell(json.loads(line))
        except Exception as error:
            self._tell({"broken": f"a forked process: {error}"})

    def _tell(self, line: dict[str, Any]) -> None:
        """Add a line, once in the life of the process. What cannot be written is not known, and harms nobody."""
        text = json.dumps(line, sort_keys=True)
        if text in self._told:
            return
        self._told.add(text)
        try:
            with open(f"{self._folder}/{os.getpid()}{LINES}", "a", encoding="utf-8") as file:
                file.write(f"{text}\n")
        except OSError:
            return


def start(folder: str, boot: str) -> None:
    """Called by the boot folder's sitecustomize where the folder has orders."""
    try:
        tried = TriedProcess(folder, boot)
        _kept.append(tried)
        tried.start()
    finally:
        hide({"CLIENTPROF_RUN": folder}, boot)
