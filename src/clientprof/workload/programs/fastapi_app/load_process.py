"""The parent's side of a load: start the generator in its own process, wait for it, end it in every case."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from clientprof.recording.dataclass_json import from_json, to_json
from clientprof.workload.programs.fastapi_app import wrk
from clientprof.workload.programs.fastapi_app.load_settings import LoadOutcome, LoadSettings
from clientprof.workload.programs.pinned import pinned

# Beyond the load's own time: starting, and the last answers of a blocked service.
_GRACE_S = 60.0


class LoadError(Exception):
    """The generator failed. The message says how."""


def run_load(settings: LoadSettings, *, generator: str, cpu: int | None) -> LoadOutcome:
    """Drive the service and return what the generator saw. ``generator`` is ``wrk`` or ``clientprof``.

    wrk goes by time only. The generator's process is ended by every way out of here.

    Raises:
        LoadError: it could not be started, failed, or hung.
    """
    if generator == "wrk":
        return _run_wrk(settings, cpu)
    text, _ = _run(
        [sys.executable, "-P", "-m", "clientprof.workload.programs.fastapi_app.load"],
        json.dumps(to_json(settings)),
        settings,
        cpu,
    )
    try:
        return from_json(LoadOutcome, json.loads(text))
    except ValueError as error:
        raise LoadError(f"the load generator said something else than its outcome: {error}") from error


def _run_wrk(settings: LoadSettings, cpu: int | None) -> LoadOutcome:
    program = wrk.find_wrk()
    if program is None:
        raise LoadError("wrk is not installed")
    with tempfile.TemporaryDirectory(prefix="clientprof-") as folder:
        script = Path(folder) / "figures.lua"
        script.write_text(wrk.SCRIPT, encoding="ascii")
        text, cpu_ns = _run(wrk.command(program, str(script), settings), "", settings, cpu)
    try:
        return wrk.parse(text, cpu_ns)
    except wrk.WrkError as error:
        raise LoadError(str(error)) from error


def _run(command: list[str], first_line: str, settings: LoadSettings, cpu: int | None) -> tuple[str, int | None]:
    """Standard output of the command, and its CPU in nanoseconds where the platform says."""
    began_ns = _children_cpu_ns()
    try:
        process = subprocess.Popen(
            pinned(command, cpu),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=_environment(),
            process_group=None if sys.platform == "win32" else 0,  # the terminal's Ctrl-C is the parent's
        )
    except OSError as error:
        raise LoadError(f"cannot start the load generator: {error.strerror or error}") from error
    try:
        out, complaints = process.communicate(first_line + "\n", timeout=(settings.seconds or 0) + _GRACE_S)
    except subprocess.TimeoutExpired:
        raise LoadError("the load generator did not end in time and was stopped") from None
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    if process.returncode:
        last = complaints.strip().splitlines()[-1:] or ["it said nothing"]
        raise LoadError(f"the load generator ended with exit code {process.returncode}: {last[0]}")
    ended_ns = _children_cpu_ns()
    return out, None if began_ns is None or ended_ns is None else ended_ns - began_ns


def _environment() -> Mapping[str, str]:
    source = str(Path(__file__).resolve().parents[4])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (source, os.environ.get("PYTHONPATH"))))}


def _children_cpu_ns() -> int | None:
    """CPU of the children that have ended; None where the platform does not count it."""
    if sys.platform == "win32":
        return None
    import resource

    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return int((usage.ru_utime + usage.ru_stime) * 1e9)
