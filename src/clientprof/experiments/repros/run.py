"""Running a script where its client is installed, before anybody is asked to run it."""

import contextlib
import os
import re
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from clientprof.clients import CLIENTS
from clientprof.experiments.environments.client_specs import ClientSpec, SpecError
from clientprof.experiments.environments.errors import EnvironmentProblem
from clientprof.experiments.environments.store import Say
from clientprof.experiments.environments.subjects import prepare
from clientprof.model.experiments.repro import Repro
from clientprof.model.results import ClientResult

TIMEOUT_S = 120.0
_OUTPUT_AT_MOST = 4000
_VERSION = (
    "import importlib.metadata, platform, sys; "
    "print(importlib.metadata.version(sys.argv[1]), platform.python_version())"
)


def run_repro(source: str, client: ClientResult, python: str | None, say: Say, timeout_s: float = TIMEOUT_S) -> Repro:
    """Run the script with the interpreter that has the client in the recorded version; an environment is made if need be.

    ``python`` is the interpreter that the recording was made with (``--python``), None for this one. Never raises for a
    script that fails or an environment that cannot be had: the result says so.
    """
    try:
        executable, where = _interpreter(client, python, say)
    except (EnvironmentProblem, SpecError) as problem:
        return Repro(source, reason=f"it was not run: {problem}")
    say("running repro.py")
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "repro.py")
        script.write_text(source, encoding="utf-8")
        # Its own session: the origin it starts ends with it, also when it takes too long.
        process = subprocess.Popen(
            [executable, "-I", str(script)], cwd=folder, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        try:
            out, err = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            reason = f"it took longer than {timeout_s:g} s"
            return Repro(source, where=where, seconds=timeout_s, reason=reason)
        finally:
            _end(process)
    seconds = time.monotonic() - started
    reason = ""
    if process.returncode != 0:
        last = err.strip().splitlines()[-1:] if err.strip() else ["its figures do not show what the finding says"]
        reason = last[0]
    return Repro(source, out.strip()[:_OUTPUT_AT_MOST], process.returncode == 0, where, seconds, reason)


def _end(process: "subprocess.Popen[str]") -> None:
    """End the script and the origin that it started."""
    if hasattr(os, "killpg"):
        import signal

        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()
    process.communicate()


def _interpreter(client: ClientResult, python: str | None, say: Say) -> tuple[str, str]:
    """The interpreter to run it with, and in words what it has.

    Raises:
        EnvironmentProblem, SpecError: the client cannot be had in that version.
    """
    import sys

    spec = ClientSpec.parse(client.name, CLIENTS)
    if spec.from_source:
        # A recording keeps no path, so the tree is not known any more.
        raise EnvironmentProblem(f"{client.name} is no release; run it where that source is installed")
    package = CLIENTS[spec.adapter].package
    (subject,) = prepare((spec,), python, say)
    executable = subject.python or sys.executable
    found = _version(executable, package)
    if found is not None and found[0] != client.version and spec.version is None:
        # Another version is installed here by now: the recorded one is made.
        (subject,) = prepare((replace(spec, version=client.version),), python, say)
        executable = subject.python or sys.executable
        found = _version(executable, package)
    if found is None:
        raise EnvironmentProblem(f"{package} cannot be imported where it should be installed")
    return executable, f"{package} {found[0]}, CPython {found[1]}"


def _version(executable: str, package: str) -> tuple[str, str] | None:
    command = [executable, "-I", "-c", _VERSION, package]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    match = re.fullmatch(r"(\S+) (\S+)", ran.stdout.strip())
    return None if match is None else (match[1], match[2])
