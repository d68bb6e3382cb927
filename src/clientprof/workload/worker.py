"""The worker process: one client, one lens, from a JSON line on standard input to a run file.

Protocol, one JSON object a line. The parent writes the settings. The worker writes events: ``{"event": "cold"}`` before
the cold round, ``{"event": "measured"}`` after it, ``{"event": "round", "done": k, "of": n}`` after each warm round,
``{"event": "end"}`` when its connections are still open, ``{"event": "written"}`` when the run file is whole. After
``cold``, ``measured`` and ``end`` it waits for an empty line, so that the parent can read the origin's log in between. A
worker in turns (``turns.py``) also writes ``{"event": "turn"}`` before each burst of rounds and waits for an empty line.
A worker that may give a round up (``giving_up.py``) writes ``{"event": "listening"}`` once a signal can reach it, and
``{"event": "late"}`` before ``end`` when it does. Under the lens ``memory`` it writes ``{"event": "hold"}`` and waits for an
empty line; the server then keeps its answers back until ``{"event": "release"}``. A failure is ``{"event": "failed", "text":
...}``. End of input ends the worker.
"""

import io
import json
import os
import platform
import signal
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from clientprof.clients import CLIENTS
from clientprof.clients.adapter import Adapter, SyncAdapter
from clientprof.clients.observed.installed_boundaries import find_boundaries
from clientprof.model.run import Run, RunFacts
from clientprof.model.samples import Boundary
from clientprof.probes.package_places import libraries
from clientprof.recording.clock import clock_identity, parse_stamps
from clientprof.recording.dataclass_json import from_json
from clientprof.recording.recorder import Recorder
from clientprof.recording.run_file import write_run
from clientprof.workload.changes import make_changes
from clientprof.workload.drivers.runtimes import driver_for
from clientprof.workload.giving_up import GivingUp
from clientprof.workload.interpreter_facts import describe_interpreter
from clientprof.workload.lenses import lenses_of
from clientprof.workload.lenses.lens import Lens
from clientprof.workload.load.targets import REFUSED
from clientprof.workload.requests import requests_of
from clientprof.workload.rounds import Rounds
from clientprof.workload.sequence import options_of
from clientprof.workload.settings import WorkerSettings
from clientprof.workload.versions import unlike_known, verified_version

STAMP_HEADER = "x-clientprof-ns"


class ParentGone(Exception):
    """The parent closed our standard input or output."""


@dataclass(slots=True)
class Progress:
    """Events to the parent, on the standard output as it was before anything could print there."""

    stream: Any

    def tell(self, event: str, **values: object) -> None:
        try:
            self.stream.write(json.dumps({"event": event, **values}) + "\n")
            self.stream.flush()
        except BrokenPipeError:
            raise ParentGone from None

    def ask(self, event: str) -> None:
        """Tell, then wait for the parent's empty line."""
        self.tell(event)
        if not sys.stdin.readline():
            raise ParentGone


def main() -> int:
    """Run the worker; exit code 0 when the run file was written."""
    # Ctrl-C reaches the whole foreground group; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Unbuffered: an event nobody reads must not be tried again when the interpreter exits.
    progress = Progress(io.TextIOWrapper(io.FileIO(os.dup(1), "w"), encoding="utf-8", write_through=True))
    os.dup2(2, 1)  # whatever a library prints must not look like an event
    settings: WorkerSettings | None = None
    try:
        settings = from_json(WorkerSettings, json.loads(sys.stdin.readline()))
        if settings.cpu is not None and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {settings.cpu})
        run = measure(settings, progress)
        write_run(Path(settings.output), run)
    except ParentGone:
        return 1
    except Exception as error:
        adapter = settings.adapter if settings is not None else ""
        unlike = unlike_known(CLIENTS[adapter], error) if adapter in CLIENTS else None
        progress.tell("failed", text=unlike or f"{type(error).__name__}: {error}")
        return 1
    progress.tell("written")
    return 0


def measure(settings: WorkerSettings, progress: Progress) -> Run:
    """Run the rounds of one worker under its lens."""
    if settings.adapter not in CLIENTS:
        raise ValueError(f"no client {settings.adapter!r}")
    adapter = CLIENTS[settings.adapter]()
    libraries(module.partition(".")[0] for module in adapter.module_layers)
    lenses = lenses_of(adapter)
    if settings.lens not in lenses:
        raise ValueError(f"no lens {settings.lens!r} for {settings.adapter}")
    version = verified_version(adapter, settings.version)
    make_changes(settings.changes)
    recorder = Recorder()
    lens = lenses[settings.lens](settings, adapter, recorder)
    boundaries = find_boundaries(adapter)
    lens.install()
    identity = clock_identity()
    rounds = Rounds(
        recorder,
        requests_of(settings),
        settings.expected_status,
        settings.expected_bytes,
        refused_status=REFUSED if settings.scenario.refuse_every else None,
        stamp_header=STAMP_HEADER if lens.stamped else None,
        parse_stamps=lambda text: parse_stamps(text, identity),
        on_begin=lens.begin,
        on_end=lens.end,
    )
    lens.rounds = rounds
    driver = driver_for(adapter, rounds, settings.scenario, lens)

    def made(*, complete: bool) -> Run:
        """The run, once the lens is taken out."""
        facts = _facts(settings, adapter, lens, rounds, version, boundaries, driver.loop_name)
        return Run(facts=replace(facts, complete=complete), columns=recorder.columns())

    def leave() -> NoReturn:
        """Write what there is and end: whatever still runs is left as it is."""
        progress.tell("late")
        if rounds.unfinished is None and not rounds.measured:
            progress.tell("failed", text="its connections were not open in time")
            os._exit(1)
        progress.ask("end")
        lens.uninstall()
        write_run(Path(settings.output), made(complete=False))
        progress.tell("written")
        os._exit(0)

    if settings.most_s:
        GivingUp(rounds, settings.most_s, leave, blocking=isinstance(adapter, SyncAdapter)).install()
        progress.tell("listening")
    try:
        done = driver.drive(lens.operations(options_of(settings), progress))
    finally:
        lens.uninstall()
    return made(complete=done >= settings.rounds)


def _facts(
    settings: WorkerSettings,
    adapter: Adapter,
    lens: Lens,
    rounds: Rounds,
    version: str,
    boundaries: tuple[Boundary, ...],
    loop: str,
) -> RunFacts:
    return RunFacts(
        client=settings.client,
        lens=settings.lens,
        arm=settings.arm,
        block=settings.block,
        requests_per_round=settings.scenario.requests_per_round,
        concurrency=settings.scenario.concurrency,
        complete=True,
        client_version=version,
        loop=loop,
        python=platform.python_version(),
        interpreter=describe_interpreter(),
        packages={
            name: f"{found}{settings.marks.get(name, '')}" for name, found in adapter.installed_packages().items()
        },
        boundaries=boundaries,
        module_layers={name: str(layer) for name, layer in adapter.module_layers.items()},
        codes=lens.codes(),
        error_types=tuple(rounds.error_types),
        error_texts=tuple(rounds.error_texts),
        body_sha256=tuple(sorted(rounds.digests)),
        opaque=adapter.opaque,
        requests_per_exchange=settings.scenario.redirects + 1,
        calls=lens.calls(),
        call_edges=lens.call_edges(),
        counters=lens.counters(),
        interval_us=lens.interval_us,
        signal_ns=lens.signal_ns,
        notes=(
            *lens.notes,
            *lens.failures.notes,
            *(f"not found in {adapter.name} {version}: {target}" for target in lens.missing),
        ),
        unfinished=rounds.unfinished and replace(rounds.unfinished, most_s=settings.most_s),
    )


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # taking the interpreter down would take a tenth of a second, and nobody needs it any more
