"""The app's process: uvicorn on our loop, from a JSON line on standard input to a run file.

Protocol, one JSON object or word a line. The parent writes the settings; the app answers ``{"event": "ready", "port": p}``
when it listens. Then the parent writes ``begin``, ``end`` or ``stop``. ``begin`` starts the measuring and is answered by
``{"event": "begun"}``; ``end`` waits until every connection is closed and every request answered, stops the measuring
and is answered by ``{"event": "ended"}``; ``stop`` ends the server, and ``{"event": "written"}`` says that the run file
is whole. A failure is ``{"event": "failed", "text": ...}``. End of input ends the process.
"""

import asyncio
import gc
import importlib.metadata
import json
import os
import platform
import signal
import sys
import threading
import time
from contextlib import nullcontext, suppress
from pathlib import Path
from time import perf_counter_ns, process_time_ns, thread_time_ns
from typing import Any

from clientprof.model.recording import RoundKind, Run, RunFacts
from clientprof.recording.dataclass_json import from_json
from clientprof.recording.recorder import Recorder
from clientprof.recording.run_file import write_run
from clientprof.workload.interpreter_facts import describe_interpreter
from clientprof.workload.programs.fastapi_app.app import Service
from clientprof.workload.programs.fastapi_app.app_boundaries import MODULE_LAYERS, PACKAGES, find_service_boundaries
from clientprof.workload.programs.fastapi_app.instruments import LENSES, Bare
from clientprof.workload.programs.fastapi_app.route_settings import ServiceSettings

# How long answered requests may take to leave, once nobody sends any more: 64 blocked ones take seconds.
DRAIN_S = 30.0
_POLL_S = 0.005


class DrainError(Exception):
    """Requests were still under way long after the load had ended."""


def main() -> int:
    """Serve until told to stop; exit code 0 when the run file was written."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    events = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # whatever a library prints must not look like an event

    def tell(event: str, **values: object) -> None:
        events.write(json.dumps({"event": event, **values}) + "\n")

    try:
        settings = from_json(ServiceSettings, json.loads(sys.stdin.readline()))
        if settings.cpu is not None and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {settings.cpu})
        run = _Served(settings, tell).run()
        write_run(Path(settings.output), run)
        tell("written")
    except BrokenPipeError:
        return 1
    except Exception as error:
        tell("failed", text=f"{type(error).__name__}: {error}")
        return 1
    return 0


class _Served:
    """One served app: the commands of the parent, and what was counted between ``begin`` and ``end``."""

    def __init__(self, settings: ServiceSettings, tell: Any) -> None:
        self._settings = settings
        self._tell = tell
        self._recorder = Recorder()
        self._instruments: Bare = LENSES[settings.lens](settings, self._recorder)
        self._service = Service(settings.origin_url, self._instruments)
        self._began: tuple[int, int, int, int, int] | None = None
        self._complete = False

    def run(self) -> Run:
        import uvicorn

        class Server(uvicorn.Server):
            def capture_signals(self) -> Any:
                return nullcontext()  # the parent decides when to stop

        instruments = self._instruments
        # The boundaries first: looking them up imports what they name.
        boundaries = find_service_boundaries()
        instruments.install()
        config = uvicorn.Config(
            instruments.around(self._service.app),
            host="127.0.0.1",
            port=0,
            loop="none",
            ws="none",
            lifespan="on",
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=2,
        )
        server = Server(config)
        try:
            with asyncio.Runner(loop_factory=instruments.loop_factory()) as runner:
                runner.run(self._serve(server))
        finally:
            instruments.uninstall()
        protocol = config.http_protocol_class.__module__
        return Run(self._facts(boundaries, protocol.rpartition(".")[2]), self._recorder.columns())

    async def _serve(self, server: Any) -> None:
        loop = asyncio.get_running_loop()
        commands: asyncio.Queue[str] = asyncio.Queue()

        def read_commands() -> None:
            with suppress(RuntimeError):  # the loop was closed meanwhile
                for line in sys.stdin:
                    loop.call_soon_threadsafe(commands.put_nowait, line.strip())
                loop.call_soon_threadsafe(commands.put_nowait, "stop")

        serving = asyncio.create_task(server.serve())
        while not server.started and not serving.done():
            await asyncio.sleep(_POLL_S)
        if serving.done():
            await serving  # raises what kept it from starting
            raise RuntimeError("uvicorn ended by itself")
        self._tell("ready", port=server.servers[0].sockets[0].getsockname()[1])
        # A daemon: it may wait for a line that never comes.
        threading.Thread(target=read_commands, name="commands", daemon=True).start()
        while True:
            command = await commands.get()
            if command == "begin":
                self._begin()
                self._tell("begun")
            elif command == "end":
                await self._drain(server)
                self._end()
                self._tell("ended")
            elif command == "stop":
                break
        server.should_exit = True
        await serving

    async def _drain(self, server: Any) -> None:
        state, service = server.server_state, self._service
        limit_s = time.monotonic() + DRAIN_S
        while state.connections or state.tasks or service.entered != service.left:
            if time.monotonic() > limit_s:
                raise DrainError(f"requests were under way {DRAIN_S:.0f} s after the load had ended")
            await asyncio.sleep(_POLL_S)

    def _begin(self) -> None:
        gc.collect()
        self._instruments.begin()
        service = self._service
        self._began = (service.entered, service.called, perf_counter_ns(), process_time_ns(), thread_time_ns())

    def _end(self) -> None:
        cpu_ns, thread_cpu_ns, ended_ns = process_time_ns(), thread_time_ns(), perf_counter_ns()
        self._instruments.end()
        if self._began is None:
            return
        entered, called, started_ns, began_cpu_ns, began_thread_cpu_ns = self._began
        self._complete = True
        row = {
            "kind": int(RoundKind.MEASURED),
            "first": 0,
            "count": self._service.entered - entered,
            "started_ns": started_ns,
            "ended_ns": ended_ns,
            "cpu_ns": cpu_ns - began_cpu_ns,
            "thread_cpu_ns": thread_cpu_ns - began_thread_cpu_ns,
            "calls": self._service.called - called,
        }
        for name, value in row.items():
            self._recorder.column(f"round.{name}").append(value)

    def _facts(self, boundaries: Any, protocol: str) -> RunFacts:
        settings, instruments = self._settings, self._instruments
        packages: dict[str, str] = {}
        for package in PACKAGES:
            try:
                packages[package] = importlib.metadata.version(package)
            except importlib.metadata.PackageNotFoundError:
                continue
        return RunFacts(
            client=settings.route,
            lens=settings.lens,
            arm=settings.route,
            block=settings.block,
            requests_per_round=0,
            complete=self._complete,
            loop=f"asyncio selector, uvicorn {protocol}",
            python=platform.python_version(),
            interpreter=describe_interpreter(),
            packages=packages,
            boundaries=boundaries,
            module_layers={name: str(layer) for name, layer in MODULE_LAYERS.items()},
            codes=instruments.codes(),
            error_types=("ServiceError",),
            error_texts=("",),
            interval_us=settings.interval_us,
            signal_ns=instruments.signal_ns,
            notes=(*instruments.notes, *instruments.failures.notes),
        )


if __name__ == "__main__":
    sys.exit(main())
