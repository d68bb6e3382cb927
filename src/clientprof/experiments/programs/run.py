"""A program's recording: what its processes left, with what is known of the run and its machine."""

from collections.abc import Sequence
from dataclasses import dataclass

from clientprof import __version__
from clientprof.clients.installed import installed_version
from clientprof.experiments.environment_rows import machine_rows
from clientprof.experiments.programs.gather import Gathered
from clientprof.experiments.programs.measurement import Measurement
from clientprof.model.programs.recording import Process, ProgramFacts, Thinning
from clientprof.model.recording import Manifest, Recording, RecordingKind
from clientprof.model.run import Run
from clientprof.recording.clock import created_now, wall_clock_offset_ns
from clientprof.recording.recording_file import SCHEMA

# Versions that decide what a client costs, where they are installed beside the program.
_PACKAGES = (
    "httpx", "httpcore", "httpx2", "httpcore2", "aiohttp", "requests", "urllib3", "niquests", "urllib3-future", "h11",
    "h2", "anyio", "sniffio", "certifi", "idna", "truststore", "yarl", "multidict", "uvloop", "trio", "uvicorn",
    "gunicorn", "hypercorn", "granian", "httptools", "fastapi", "starlette", "pydantic", "pydantic-core", "flask", "django",
    "httplib2", "curl-cffi", "slack-sdk", "google-api-python-client", "openai", "anthropic", "mistralai",
    "google-genai", "litellm", "elasticsearch", "opentelemetry-instrumentation-httpx", "tenacity",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProgramOutcome:
    """What came of a run. ``recording`` is None where no process could be measured; ``reason`` says why, as a
    sentence."""

    recording: Recording | None
    requests: int
    reason: str | None


def gather_program(
    measurement: Measurement, exit_code: int | None, options: Sequence[str], program: Sequence[str], seed: int
) -> ProgramOutcome:
    """The recording of what has been measured until now.

    ``exit_code`` is the program's, None while it runs. ``options`` are clientprof's own, ``program`` is what was started,
    both as they may be published.
    """
    found = _within_limit(measurement)
    gathered, processes = found.gathered, found.gathered.processes()
    if not processes:
        return ProgramOutcome(None, 0, _why_nothing(gathered))
    limit, ended_by = measurement.limits.requests, measurement.ended_by
    if limit is not None and found.requests != limit and measurement.limit_reached:
        ended_by += f", {found.requests:,} of all are counted"
    tables, thinner = gathered.tables, measurement.thinner
    facts = ProgramFacts(
        command=tuple(program),
        exit_code=exit_code,
        started_ns=measurement.from_ns,
        ended_ns=max(process.ended_ns for process in processes) if measurement.until_ns is None else found.until_ns,
        ended_by=ended_by,
        processes=processes,
        sites=tuple(tables.sites),
        routes=tuple(tables.routes),
        peers=tuple(tables.peers),
        clients=tuple(tables.clients),
        settings=tuple(tables.settings),
        hosts=tuple(tables.hosts),
        gates=tuple(tables.gates),
        packages=package_versions(gathered.search_paths()),
        thinning=Thinning(thinner.kept_one_in, thinner.kept, thinner.lost) if thinner.lost else None,
    )
    manifest = Manifest(
        schema=SCHEMA,
        created=created_now(),
        command=(*options, *program),
        seed=seed,
        # A process that the program itself ended, as a pool of workers does, cuts nothing short; the result names it.
        complete=all(
            run.facts.complete for run in found.runs if run.facts.program is None or not run.facts.program.process
        ),
        tool_version=__version__,
        baseline=None,
        clients=tuple(dict.fromkeys(each.name for each in tables.clients)),
        environment=_environment(processes),
        workload=(),
        notices=_notices(gathered),
        kind=RecordingKind.PROGRAM,
        program=facts,
        clock_offset_ns=wall_clock_offset_ns(),
    )
    return ProgramOutcome(Recording(manifest, found.runs), found.requests, None)


@dataclass(frozen=True, slots=True)
class _Until:
    """What all processes left until then, and how many requests of it ended."""

    until_ns: int
    gathered: Gathered
    runs: tuple[Run, ...]
    requests: int


def _within_limit(measurement: Measurement) -> _Until:
    """All that was measured; without the requests that ended after as many as were asked for."""
    found = _until(measurement, measurement.until_ns or 1 << 62)
    limit = measurement.limits.requests
    if limit is None or found.requests <= limit:
        return found
    # It is to be asked before the runs are read: that takes rows away.
    anew = Gathered(measurement.folder, measurement.from_ns, found.until_ns)
    return _until(measurement, anew.end_without_last(found.requests - limit) or found.until_ns)


def _until(measurement: Measurement, until_ns: int) -> _Until:
    gathered = Gathered(measurement.folder, measurement.from_ns, until_ns)
    runs = gathered.runs()
    return _Until(until_ns, gathered, runs, sum(sum(run.column("slice.ended")) for run in runs))


def _notices(gathered: Gathered) -> tuple[tuple[str, str, str], ...]:
    unsupported = [
        ("program-unsupported", f"A process ran {text}: only CPython 3.11 and newer is measured.", "")
        for text in gathered.unsupported
    ]
    failed = [
        ("program-failed", f"The instruments could not start in a process: {text}.", "") for text in gathered.failed
    ]
    return (*unsupported, *failed)


def _why_nothing(gathered: Gathered) -> str:
    if gathered.unsupported:
        names = " and ".join(dict.fromkeys(gathered.unsupported))
        return f"the program ran on {names}; only CPython 3.11 and newer can be measured"
    if gathered.failed:
        return f"the instruments could not start in the program: {gathered.failed[0]}"
    return (
        "no Python process of the program could be measured: it was started with -I, -E or -S, "
        "it was given an environment without PYTHONPATH, or it is no Python program"
    )


def package_versions(paths: Sequence[str] = ()) -> dict[str, str]:
    """Versions of what decides a program's cost, as far as it is installed in these folders; by default, here."""
    versions = {name: installed_version(name, list(paths) or None) for name in sorted(_PACKAGES)}
    return {name: version for name, version in versions.items() if version is not None}


def _environment(processes: Sequence[Process]) -> tuple[tuple[str, str, str], ...]:
    """The machine, the variables that flip results, and the Pythons of the program: those of clientprof do not matter."""
    pythons = ", ".join(dict.fromkeys(process.python for process in processes if process.python))
    here = [(row.group, row.name, row.value) for row in machine_rows()]
    return (("interpreter", "python", pythons), *here)
