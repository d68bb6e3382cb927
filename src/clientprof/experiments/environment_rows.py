"""What flips results on this machine: printed by ``clientprof doctor`` and kept in every recording.

No value here names the user: paths and host names stay out.
"""

import importlib.util
import os
import platform
import ssl
import sys
import time
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path

from clientprof.clients.installed import installed_version
from clientprof.model.provenance.interpreter import InterpreterFacts
from clientprof.workload.interpreter_facts import describe_interpreter
from clientprof.workload.load.loop_packages import missing_package
from clientprof.workload.load.scenario import Loop

PACKAGES = (
    "httpx", "httpcore", "h11", "anyio", "sniffio", "aiohttp", "yarl", "multidict", "propcache", "aiohappyeyeballs",
    "certifi", "truststore", "h2", "brotli", "zstandard", "uvloop", "trio", "httptools", "pyinstrument", "yappi", "numpy",
)  # fmt: skip
# Variables that change what clients do; certificate paths are reported as set or not, their values stay out.
_VARIABLES = (
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
)
_LOOP_MEANS = {
    Loop.ASYNCIO: "selector, unless --loop says otherwise",
    Loop.UVLOOP: "its C code as one",
    Loop.TRIO: "whole",
}
_PYTHON_VARIABLES = ("PYTHONASYNCIODEBUG", "PYTHONDEVMODE", "PYTHONMALLOC", "PYTHON_GIL", "PYTHON_JIT",
                     "PYTHONOPTIMIZE")  # fmt: skip
# Without their C extensions aiohttp and what it stands on do in Python what they do in C otherwise.
_NO_EXTENSIONS = tuple(f"{name}_NO_EXTENSIONS" for name in ("AIOHTTP", "YARL", "MULTIDICT", "FROZENLIST", "PROPCACHE"))


@dataclass(frozen=True, slots=True)
class EnvironmentRow:
    """One fact: its group, name and value; ``advice`` is set where the value is likely to flip a result."""

    group: str
    name: str
    value: str
    advice: str = ""


def environment_rows(concurrency: int | None = None) -> tuple[EnvironmentRow, ...]:
    """Everything about this interpreter and machine that clientprof knows to matter."""
    return (*_interpreter(), *_machine(concurrency), *_tls(), *_packages(), *_variables())


def machine_rows() -> tuple[EnvironmentRow, ...]:
    """The machine and the variables alone: all that matters about a program which has another interpreter."""
    return (*_machine(None), *_variables())


def descriptors_allowed() -> int | None:
    """The most file descriptors this process may open, None where the platform does not say."""
    if sys.platform == "win32":
        return None
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if hard == resource.RLIM_INFINITY else hard


def usable_cores() -> tuple[int, ...]:
    """The cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return tuple(sorted(os.sched_getaffinity(0)))
    return tuple(range(os.cpu_count() or 1))


def two_cores() -> tuple[int | None, int | None]:
    """The core of what is measured and that of what runs beside it; nobody is bound to one where there is only one."""
    cores = usable_cores()
    return (cores[0], cores[1]) if len(cores) > 1 else (None, None)


def _interpreter() -> tuple[EnvironmentRow, ...]:
    facts = describe_interpreter()
    debug = sys.flags.dev_mode or bool(os.environ.get("PYTHONASYNCIODEBUG"))
    return (
        EnvironmentRow("interpreter", "python", f"{facts.implementation} {facts.version}"),
        EnvironmentRow("interpreter", "build", facts.build, _build_advice(facts)),
        EnvironmentRow(
            "interpreter", "jit", facts.switches.partition(", ")[0],
            "Figures with the JIT do not carry over to interpreters without it." if facts.jit else "",
        ),
        EnvironmentRow(
            "interpreter", "gil", f"{'on' if facts.gil else 'off'}{', free-threaded build' if facts.free_threaded else ''}"
        ),
        EnvironmentRow("interpreter", "event loops", _loops()),
        EnvironmentRow(
            "interpreter", "asyncio debug", "on" if debug else "off",
            "asyncio's debug mode makes every client several times slower: unset it." if debug else "",
        ),
    )  # fmt: skip


def _build_advice(facts: InterpreterFacts) -> str:
    if facts.debug:
        return "A debug build checks itself at every step and is several times slower: use another one."
    if facts.optimisation in ("-O0", "-O1", "-Og"):
        return f"Compiled with {facts.optimisation}: several times slower than the builds that people use."
    if facts.pgo is False:
        return (
            "Built without profile-guided optimisation (PGO): slower than most distributions' builds of that version."
        )
    return ""


def _loops() -> str:
    """What ``--loop`` can be here."""
    found = [f"{loop} ({_LOOP_MEANS[loop]})" for loop in Loop if missing_package(loop) is None]
    lost = [f"{loop} is not installed" for loop in Loop if missing_package(loop) is not None]
    return ", ".join((*found, *lost))


def _machine(concurrency: int | None) -> tuple[EnvironmentRow, ...]:
    cores = usable_cores()
    clock = time.get_clock_info("perf_counter")
    allowed = descriptors_allowed()
    needed = None if concurrency is None else 2 * concurrency + 64
    too_few = needed is not None and allowed is not None and allowed < needed
    # Without the builder's suffix: it can name an organisation.
    release = platform.release().partition("-")[0]
    return (
        EnvironmentRow("machine", "system", f"{platform.system()} {release} {platform.machine()}"),
        EnvironmentRow("machine", "processor", _processor()),
        EnvironmentRow(
            "machine", "cores", str(len(cores)),
            "Client and origin share one core: wall times include the server's." if len(cores) < 2 else "",
        ),
        EnvironmentRow(
            "machine", "clock", f"{clock.implementation}, resolution {clock.resolution * 1e9:g} ns",
            "A clock this coarse cannot stamp callbacks." if clock.resolution > 1e-6 else "",
        ),
        EnvironmentRow("machine", "frequency governor", *_governor()),
        EnvironmentRow(
            "machine", "file descriptors", "unlimited" if allowed is None else str(allowed),
            f"Too few for this load: run `ulimit -n {needed}` first." if too_few else "",
        ),
    )  # fmt: skip


def _processor() -> str:
    """What the processor is called, so that results of two machines are told apart."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Model")))
    return next((name for name in names if name), platform.processor() or "not told")


def _governor() -> tuple[str, str]:
    path = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
    try:
        governor = path.read_text(encoding="ascii").strip()
    except OSError:
        return "not visible", ""
    advice = "The clock speed changes with load; `performance` is steadier." if governor != "performance" else ""
    return governor, advice


def _tls() -> tuple[EnvironmentRow, ...]:
    version = ssl.OPENSSL_VERSION_INFO[:2]
    slow = (3, 0) <= version < (3, 2)
    return (
        EnvironmentRow(
            "tls", "openssl", ssl.OPENSSL_VERSION,
            "OpenSSL 3.0 and 3.1 load CA bundles slowly; contexts cost more than elsewhere." if slow else "",
        ),
    )  # fmt: skip


def _packages() -> tuple[EnvironmentRow, ...]:
    rows: list[EnvironmentRow] = []
    for package in PACKAGES:
        value = installed_version(package) or "not installed"
        rows.append(EnvironmentRow("packages", package, value, _package_advice(package, value)))
    aiohttp = importlib.util.find_spec("aiohttp")
    if aiohttp is not None:
        # Not by `find_spec` of the module: that imports all of aiohttp.
        compiled = PathFinder.find_spec("_http_parser", aiohttp.submodule_search_locations) is not None
        rows.append(
            EnvironmentRow(
                "packages", "aiohttp parser", "C (llhttp)" if compiled else "pure Python",
                "" if compiled else "aiohttp without its C parser is several times slower: install a wheel.",
            )
        )  # fmt: skip
    return tuple(rows)


def _package_advice(package: str, value: str) -> str:
    absent = value == "not installed"
    if package == "sniffio" and absent:
        return "httpcore 1.0 tries to import it for every request; `pip install sniffio` removes the cost."
    if package in ("uvloop", "httptools") and absent:
        return "The origin runs on the standard library; `pip install 'clientprof[fast]'` makes it cheaper."
    return ""


def _variables() -> tuple[EnvironmentRow, ...]:
    rows = []
    without = tuple(name for name in _NO_EXTENSIONS if os.environ.get(name))
    for name in (*_VARIABLES, *_PYTHON_VARIABLES, *without):
        set_here = name in os.environ or name.lower() in os.environ
        value = os.environ.get(name, "") if name in _PYTHON_VARIABLES else "set"
        advice = "It changes what clients do for TLS or proxies." if set_here and name in _VARIABLES else ""
        if name in without:
            advice = "It takes the C extensions away, which users mostly have."
        rows.append(EnvironmentRow("variables", name, value if set_here else "not set", advice))
    return tuple(rows)
