"""Wheels: what one says of itself, and making one of a project."""

import email.parser
import hashlib
import re
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from clientprof.experiments.environments.build import installer, pip_here, run_tool
from clientprof.experiments.environments.errors import EnvironmentProblem
from clientprof.experiments.environments.install_messages import no_network
from clientprof.experiments.sources.errors import SourceProblem
from clientprof.model.provenance.distributions import normal_name

_LAST_LINES = 12
# PEP 427: name, version, build number if any, tags of Python and ABI, platform.
_FILE = re.compile(r"[^-]+-[^-]+(-\d[^-]*)?-[^-]+-[^-]+-(?P<platform>[^-]+)\.whl")


@dataclass(frozen=True, slots=True)
class Wheel:
    """One wheel: normalised name, version, normalised names of what it requires, whether it is for any platform, and the
    SHA-256 of what is in it, without the times that a zip file has."""

    file: Path
    name: str
    version: str
    requires: tuple[str, ...]
    pure: bool
    content: str


def read_wheel(file: Path) -> Wheel:
    """What the wheel says of itself.

    Raises:
        SourceProblem: it is none.
    """
    named = _FILE.fullmatch(file.name)
    if named is None:
        raise SourceProblem(f"{file.name} is no wheel's name: it is NAME-VERSION-PYTHON-ABI-PLATFORM.whl")
    try:
        with zipfile.ZipFile(file) as archive:
            (entry,) = (name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
            fields = email.parser.Parser().parsestr(archive.read(entry).decode("utf-8", "replace"), headersonly=True)
            content = hashlib.sha256()
            for member in sorted(archive.namelist()):
                content.update(f"{member}\0{hashlib.sha256(archive.read(member)).hexdigest()}\n".encode())
    except (OSError, ValueError, zipfile.BadZipFile):
        raise SourceProblem(f"{file.name} cannot be read as a wheel") from None
    required = {normal_name(re.split(r"[^A-Za-z0-9._-]", line)[0]) for line in fields.get_all("Requires-Dist") or []}
    name, version = str(fields.get("Name", "")), str(fields.get("Version", ""))
    return Wheel(
        file, normal_name(name), version, tuple(sorted(required)), named["platform"] == "any", content.hexdigest()
    )


def make_wheel(project: Path, into: Path, what: str) -> Wheel:
    """Build the project's wheel into the folder ``into``; ``what`` is the source in messages.

    Raises:
        SourceProblem: it does not build, or only for this platform.
        EnvironmentProblem: there is nothing to build with, or no package index to take the build's needs from.
    """
    ran = run_tool(_command(project, into))
    if ran.returncode != 0:
        output = f"{ran.stdout}\n{ran.stderr}".replace(str(project), project.name)
        if no_network(output):
            raise EnvironmentProblem(
                f"{what} cannot be built: what its build needs is not here and the package index cannot be reached"
            )
        raise SourceProblem("\n".join((f"{what} does not build; its last lines:", *_last(output))))
    made = sorted(into.glob("*.whl"), key=lambda file: file.stat().st_mtime_ns)
    if not made:
        raise SourceProblem(f"{what} does not build: its backend left no wheel")
    wheel = read_wheel(made[-1])
    if not wheel.pure:
        wheel.file.unlink()
        raise SourceProblem(needs_compiler(what, wheel.name, "its wheel is for this platform only"))
    return wheel


def needs_compiler(what: str, package: str, why: str) -> str:
    """Why a tree with compiled parts is refused, and what can be done."""
    return (
        f"{what} has parts that a compiler makes ({why}), which is not done here; build a wheel, and name that: "
        f"{package}@FILE.whl"
    )


def _command(project: Path, into: Path) -> Sequence[str]:
    if pip_here():
        # The interpreter that measures decides about Requires-Python, when it installs the wheel.
        options = ("--no-deps", "--ignore-requires-python", "--retries", "2", "--wheel-dir", str(into))
        return (sys.executable, "-m", "pip", "wheel", *options, str(project))
    if installer() == "uv":
        return ("uv", "build", "--wheel", "--no-config", "--out-dir", str(into), str(project))
    raise EnvironmentProblem("neither pip nor uv is here to build a source with; install one of them beside clientprof")


def _last(output: str) -> list[str]:
    """The last lines that say something: pip frames the backend's own with hints of its own, which are left out."""
    lines = [line.rstrip() for line in output.splitlines() if line.strip(" │╰─▶")]
    ends = [number for number, line in enumerate(lines) if line.strip() == "[end of output]"]
    if ends:
        start = next((n for n in range(ends[0], -1, -1) if re.search(r"\[\d+ lines? of output\]", lines[n])), -1)
        lines = lines[start + 1 : ends[0]] or lines
    return [f"  {line.strip()[:200]}" for line in lines[-_LAST_LINES:]]
