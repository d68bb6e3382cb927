"""Which script shows which finding, and the text of the script for one recording."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files

from clientprof.attribution.findings.parts import PARTS
from clientprof.model.client_names import client_of
from clientprof.model.findings import Finding
from clientprof.model.results import ClientResult, FunctionCost, TraceResult

LINES_AT_MOST = 60
_MOST_AT_ONCE = 1024
# Requests of a script: a recording may have many more in flight one after the other, and the script is run twice.
_REQUESTS_AT_MOST = 2000
_CLIENT_MODULES = {"httpx", "httpcore", "aiohttp", "requests", "urllib3"}


@dataclass(frozen=True, slots=True)
class Family:
    """How a script asks a client: a file of ``scripts/``, the modules to name in place of httpx's, and whether it blocks."""

    asks: str
    modules: Mapping[str, str] = field(default_factory=dict)
    blocking: bool = False


_HTTPX2 = {"httpx": "httpx2", "httpcore": "httpcore2"}
FAMILIES: Mapping[str, Family] = {
    "httpx": Family("client_httpx.py"),
    "httpx2": Family("client_httpx.py", _HTTPX2),
    "httpx-sync": Family("client_httpx_blocking.py", blocking=True),
    "aiohttp": Family("client_aiohttp.py"),
    "requests": Family("client_requests.py", blocking=True),
    "urllib3": Family("client_urllib3.py", blocking=True),
}


@dataclass(frozen=True, slots=True)
class Script:
    """A file of ``scripts/``, which of the load's figures it takes, and constants of its own.

    ``blocking`` is the file for clients that block, empty where the finding cannot be theirs; without ``any_client`` only
    httpx and httpx2 can be asked.
    """

    file: str
    takes: tuple[str, ...] = ()
    constants: tuple[tuple[str, object], ...] = ()
    blocking: str = ""
    any_client: bool = False


_LOAD = ("N", "CONNECTIONS", "KEEP_ALIVE")
_CALLS = Script(
    "function_calls.py", (*_LOAD, "REQUESTS", "DELAY_S", "FUNCTION"), blocking="function_calls_blocking.py", any_client=True
)  # fmt: skip
_PASSES = Script("pool_passes.py", (*_LOAD, "REQUESTS", "DELAY_S", "PASSES"))
SCRIPTS: Mapping[str, Script] = {
    "sniffio-missing": Script("missing_import.py", ("N",)),
    "double-assignment": _PASSES,
    "pool-passes": _PASSES,
    "lock-yield": _PASSES,
    "keepalive-eviction": Script("keep_alive.py", (*_LOAD, "DELAY_S")),
    "cold-connect-storm": Script("keep_alive.py", (*_LOAD, "DELAY_S"), (("SKIPPED", 0),)),
    # The load of the recording may take minutes to fail; the script's own fails within seconds.
    "pool-timeout": Script("pool_timeout.py"),
    "ssl-context-per-client": Script("ssl_context.py"),
    **dict.fromkeys(("pool-scan", "socket-poll", "costliest-function", *(part.id for part in PARTS)), _CALLS),
}


def script_of(finding: Finding, client: ClientResult, result: TraceResult) -> str | None:
    """The script's whole text, None where none is known for this finding and client."""
    script = SCRIPTS.get(finding.id)
    family = FAMILIES.get(client_of(client.name))
    if script is None or family is None or not (script.any_client or family.asks == "client_httpx.py"):
        return None
    file = script.blocking if family.blocking else script.file
    constants = {**_figures(result), **dict(script.constants)}
    kept = {name for name, _ in script.constants} | set(script.takes)
    if "FUNCTION" in script.takes:
        function = _counted(finding, client)
        if function is None:
            return None
        constants |= {"FUNCTION": function.function, "FILE": function.file}
        constants["CALLS"] = round(function.calls_per_request or 0, 2) or 0.01
        kept |= {"FILE", "CALLS"}
    passes = next((row.value for row in client.counters if row.name == "pool_passes_per_request"), 0.0)
    constants["PASSES"] = round(passes, 2)
    text = _text(file, family)
    for name in kept & constants.keys():
        text = _with_constant(text, name, constants[name])
    for own, module in family.modules.items():
        text = re.sub(rf"^import {own}$", f"import {module} as {own}", text, flags=re.M)
    return text


def _with_constant(text: str, name: str, value: object) -> str:
    """The script with another value for one of the names that a line of its own, or one of several, gives a value to."""

    def line(match: re.Match[str]) -> str:
        names = match["names"].split(", ")
        values = match["values"].split(", ")
        values[names.index(name)] = _quoted(value)
        return f"{match['names']} = {', '.join(values)}"

    pattern = rf"^(?P<names>(?:[A-Z_]+, )*{name}(?:, [A-Z_]+)*) = (?P<values>[^#\n]*?)(?=  #|\n)"
    return re.sub(pattern, line, text, count=1, flags=re.M)


def _quoted(value: object) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if isinstance(value, str) else repr(value)


def _text(file: str, family: Family) -> str:
    """The script with everything in it that it imports from beside it; all imports are joined at its top."""
    folder = files("clientprof.experiments.repros").joinpath("scripts")
    beside = {"client": family.asks, "origin": "origin.py"}
    script = folder.joinpath(file).read_text(encoding="utf-8")
    imports: set[str] = set()
    bodies: list[str] = []
    for module in re.findall(r"^from (\w+) import .+\n", script, flags=re.M):
        _, theirs, body = _parts(folder.joinpath(beside[module]).read_text(encoding="utf-8"))
        imports |= theirs
        bodies.append(body)
    head, own, body = _parts(script)
    imports |= own
    clients = {line for line in imports if line.split()[1] in _CLIENT_MODULES}
    constants, mark, rest = body.partition("\n\n\n")
    joined = "\n\n".join(["\n".join([constants, *bodies]), rest] if mark else [*bodies, body])
    top = "\n".join(sorted(imports - clients, key=str.lower)), "\n".join(sorted(clients))
    text = "\n\n".join([head, *filter(None, top), joined])
    return re.sub(r"\n{3,}", "\n\n", text)


def _parts(text: str) -> tuple[str, set[str], str]:
    """What stands before the imports, the imports of installed packages, and what stands after them."""
    lines = text.splitlines()
    at = [number for number, line in enumerate(lines) if re.match(r"(import|from) ", line)]
    imports = {lines[number] for number in at if lines[number].startswith("import ")}
    before, after = lines[: at[0]], lines[at[-1] + 1 :]
    return "\n".join(before).strip(), imports, "\n".join(after).strip() + "\n"


def _figures(result: TraceResult) -> dict[str, object]:
    """What the load was, as far as the scripts can take it."""
    load = {setting.name: setting.value for setting in result.workload}
    found: dict[str, object] = {}
    at_once = _number(load.get("requests at once") or load.get("requests in flight") or "")
    if at_once is not None:
        found["N"] = found["REQUESTS"] = n = int(min(at_once, _MOST_AT_ONCE))
        if whole := re.search(r"/requests=([0-9]+)", load.get("scenario", "")):
            found["REQUESTS"] = max(n, min(int(whole[1]), _REQUESTS_AT_MOST))
    limit = _number(load.get("connection limit", ""))
    if limit is not None:
        found["CONNECTIONS"] = found["KEEP_ALIVE"] = int(limit)
    kept = _number(load.get("keep-alive limit", ""))
    if kept is not None:
        found["KEEP_ALIVE"] = int(kept)
    delay_ms = _number(load.get("server delay", ""))
    if delay_ms is not None:
        found["DELAY_S"] = min(delay_ms, 1000.0) / 1000
    return found


def _number(text: str) -> float | None:
    match = re.match(r"[0-9]+(?:\.[0-9]+)?", text)
    return None if match is None else float(match[0])


def _counted(finding: Finding, client: ClientResult) -> FunctionCost | None:
    """The first function that the finding names and whose calls were counted."""
    for culprit in finding.culprits:
        for function in client.functions:
            same = (function.module, function.function) == (culprit.module, culprit.function)
            if same and function.calls_per_request and function.origin == "package":
                return function
    return None
