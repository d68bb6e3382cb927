"""The worker process: one client, one lens, from a JSON line on standard input to a run file.

Protocol, one JSON object a line. The parent writes the settings. The worker writes events: ``{"event": "cold"}`` before
the cold round, ``{"event": "measured"}`` after it, ``{"event": "round", "done": k, "of": n}`` after each measured round,
``{"event": "end"}`` when its connections are still open, ``{"event": "written"}`` when the run file is whole. After
``cold``, ``measured`` and ``end`` it waits for an empty line, so that the parent can read the origin's log in between.
A failure is ``{"event": "failed", "text": ...}``. End of input ends the worker.
"""

import asyncio
import io
import json
import os
import platform
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clientprof.clients import CLIENTS
from clientprof.clients.adapter import Adapter, ClientOptions
from clientprof.clients.boundaries import find_boundaries
from clientprof.model.recording import RoundKind, Run, RunFacts
from clientprof.recording.clock import clock_identity, parse_stamps
from clientprof.recording.facts import from_json
from clientprof.recording.recorder import Recorder
from clientprof.recording.run_file import write_run
from clientprof.workload.lenses import LENSES, Lens
from clientprof.workload.rounds import Rounds
from clientprof.workload.settings import WorkerSettings

WARMUP_REQUESTS = 16
STAMP_HEADER = "x-clientprof-ns"
# Heavy instruments slow a client several times; its own timeouts must not decide what they see.
FINALE_TIMEOUT_S = 120.0


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
    try:
        settings = from_json(WorkerSettings, json.loads(sys.stdin.readline()))
        if settings.cpu is not None and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {settings.cpu})
        run = measure(settings, progress)
        write_run(Path(settings.output), run)
    except ParentGone:
        return 1
    except Exception as error:
        progress.tell("failed", text=f"{type(error).__name__}: {error}")
        return 1
    progress.tell("written")
    return 0


def measure(settings: WorkerSettings, progress: Progress) -> Run:
    """Run the rounds of one worker under its lens."""
    for what, name, known in (("client", settings.client, CLIENTS), ("lens", settings.lens, LENSES)):
        if name not in known:
            raise ValueError(f"no {what} {name!r}")
    adapter = CLIENTS[settings.client]()
    version = adapter.module_version()
    recorder = Recorder()
    lens = LENSES[settings.lens](settings, adapter, recorder)
    boundaries = find_boundaries(adapter)
    lens.install()
    identity = clock_identity()
    rounds = Rounds(
        adapter,
        recorder,
        settings.url,
        settings.expected_status,
        settings.expected_bytes,
        tagged=lens.tagged,
        stamp_header=STAMP_HEADER if lens.stamped else None,
        parse_stamps=lambda text: parse_stamps(text, identity),
        on_begin=lens.begin,
        on_end=lens.end,
    )
    try:
        with asyncio.Runner(loop_factory=lens.loop_factory()) as runner:
            loop_name = type(runner.get_loop()).__name__
            done = runner.run(_run_all(settings, adapter, lens, rounds, progress))
    finally:
        lens.uninstall()
    codes = lens.codes()
    facts = RunFacts(
        client=settings.client,
        lens=settings.lens,
        arm=settings.arm,
        block=settings.block,
        requests_per_round=settings.concurrency,
        complete=done >= settings.rounds,
        client_version=version,
        loop=f"asyncio {'selector' if 'Stamped' in loop_name else loop_name}",
        python=platform.python_version(),
        packages=adapter.installed_packages(),
        boundaries=boundaries,
        module_layers={name: str(layer) for name, layer in adapter.module_layers.items()},
        codes=codes,
        error_types=tuple(rounds.error_types),
        error_texts=tuple(rounds.error_texts),
        calls=lens.calls(),
        counters=lens.counters(),
        interval_us=settings.interval_us,
        signal_ns=lens.signal_ns,
        notes=(
            *lens.notes,
            *lens.failures.notes,
            *(f"not found in {settings.client} {version}: {target}" for target in lens.missing),
        ),
    )
    return Run(facts=facts, columns=recorder.columns())


async def _run_all(settings: WorkerSettings, adapter: Adapter, lens: Lens, rounds: Rounds, progress: Progress) -> int:
    """Warm-up with a client of its own, cold round, measured rounds, finale. Returns the measured rounds done."""
    options = ClientOptions(limit=settings.limit, ca_file=settings.ca_file)
    client = adapter.build(options)
    await rounds.run(client, min(WARMUP_REQUESTS, settings.concurrency), RoundKind.WARMUP)
    await adapter.close(client)

    progress.ask("cold")
    client = adapter.build(options)
    if settings.cold:
        await rounds.run(client, settings.concurrency, RoundKind.COLD)
    else:
        await rounds.run(client, settings.opening, RoundKind.WARMUP)
    progress.ask("measured")
    done, cpu_ns = 0, 0
    began = time.monotonic()
    while done < settings.max_rounds and (done < settings.rounds or cpu_ns < settings.min_cpu_s * 1e9):
        if done and time.monotonic() - began > settings.max_seconds:
            break
        cpu_ns += await rounds.run(client, settings.concurrency, RoundKind.MEASURED)
        done += 1
        progress.tell("round", done=done, of=settings.rounds)
    progress.ask("end")
    await adapter.close(client)
    if lens.finale:
        await _run_finale(settings, adapter, lens, rounds, options)
    return done


async def _run_finale(
    settings: WorkerSettings, adapter: Adapter, lens: Lens, rounds: Rounds, options: ClientOptions
) -> None:
    client = adapter.build(ClientOptions(options.limit, options.ca_file, FINALE_TIMEOUT_S))
    await rounds.run(client, settings.opening, RoundKind.WARMUP)
    lens.begin_finale()
    await rounds.run(client, settings.concurrency, RoundKind.WARMUP)
    lens.end_finale(settings.concurrency)
    await adapter.close(client)


if __name__ == "__main__":
    sys.exit(main())
