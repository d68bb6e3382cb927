"""Which script shows which finding, and the text of the script for one recording."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from clientprof.model.findings import Finding
from clientprof.model.results import ClientResult, FunctionCost, TraceResult

LINES_AT_MOST = 60
# Clients that the scripts can speak to: module of the client, module of its transport.
FAMILIES: Mapping[str, tuple[str, str]] = {"httpx": ("httpx", "httpcore"), "httpx2": ("httpx2", "httpcore2")}
_ORIGIN = "from origin import start_origin\n"
_MOST_AT_ONCE = 1024


@dataclass(frozen=True, slots=True)
class Script:
    """A file of ``scripts/``, which of the load's figures it takes, and constants of its own."""

    file: str
    takes: tuple[str, ...] = ()
    constants: tuple[tuple[str, object], ...] = ()


_CALLS = Script("function_calls.py", ("N", "FUNCTION"))
_PASSES = Script("pool_passes.py", ("N", "CONNECTIONS"))
SCRIPTS: Mapping[str, Script] = {
    "sniffio-missing": Script("missing_import.py", ("N",)),
    "double-assignment": _PASSES,
    "pool-passes": _PASSES,
    "lock-yield": _PASSES,
    "keepalive-eviction": Script("keep_alive.py", ("N", "CONNECTIONS", "KEEP_ALIVE", "DELAY_S")),
    "cold-connect-storm": Script(
        "keep_alive.py", ("N", "CONNECTIONS", "KEEP_ALIVE", "DELAY_S"), (("SKIPPED", 0),)
    ),
    # The load of the recording may take minutes to fail; the script's own fails within seconds.
    "pool-timeout": Script("pool_timeout.py"),
    "ssl-context-per-client": Script("ssl_context.py"),
    **dict.fromkeys(
        ("pool-scan", "socket-poll", "costliest-function", "anyio-scopes", "h11-parser", "url-parse"), _CALLS
    ),
    **dict.fromkeys(("exception-mapping", "trace-objects"), _CALLS),
}  # fmt: skip


def script_of(finding: Finding, client: ClientResult, result: TraceResult) -> str | None:
    """The script's whole text, None where none is known for this finding and client."""
    script = SCRIPTS.get(finding.id)
    family = FAMILIES.get(re.split(r"[\[=+]", client.name)[0])
    if script is None or family is None:
        return None
    constants = {**_figures(result), **dict(script.constants)}
    if "FUNCTION" in script.takes:
        function = _counted(finding, client)
        if function is None:
            return None
        constants |= {
            "FUNCTION, FILE": (function.function, function.file),
            "CALLS": round(function.calls_per_request or 0, 2),
        }
    kept = {name for name, _ in script.constants} | {"CALLS"}
    wanted = {
        name: value
        for name, value in constants.items()
        if name in kept or set(name.split(", ")) & set(script.takes)
    }  # fmt: skip
    text = _text(script.file)
    for name, value in wanted.items():
        # A tuple is written as the line has it, without brackets.
        written = ", ".join(_quoted(part) for part in value) if isinstance(value, tuple) else _quoted(value)
        line = f"{name} = {written}".replace("\\", r"\\")
        text = re.sub(rf"^{name} = [^#\n]*?(?=  #|\n)", line, text, flags=re.MULTILINE)
    for own, module in zip(FAMILIES["httpx"], family, strict=True):
        if own != module:
            text = re.sub(rf"^import {own}$", f"import {module} as {own}", text, flags=re.M)
    return text


def _quoted(value: object) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if isinstance(value, str) else repr(value)


def _text(file: str) -> str:
    """The script with the origin in it: the origin's imports are joined with its own."""
    folder = files("clientprof.experiments.repros").joinpath("scripts")
    script, origin = (folder.joinpath(name).read_text(encoding="utf-8") for name in (file, "origin.py"))
    if _ORIGIN not in script:
        return script
    _, imports, body = re.split(r"((?:^import .+\n)+)", origin, maxsplit=1, flags=re.M)
    head, rest = script.split(_ORIGIN)
    own = re.findall(r"^import .+\n", head, flags=re.M)
    clients = [line for line in own if line.split()[1] in ("httpx", "httpcore")]
    standard = sorted({*imports.splitlines(keepends=True), *own} - set(clients), key=str.lower)
    top = head.partition("import ")[0]
    text = f"{top}{''.join(standard)}\n{''.join(clients)}{rest}"
    before, mark, after = text.partition("\n\n\n")
    return f"{before}{mark}{body.strip()}{mark}{after}".replace("\n\n\n", "\n\n")


def _figures(result: TraceResult) -> dict[str, object]:
    """What the load was, as far as the scripts can take it."""
    load = {setting.name: setting.value for setting in result.workload}
    found: dict[str, object] = {}
    at_once = _number(load.get("requests at once") or load.get("requests in flight") or "")
    if at_once is not None:
        found["N"] = int(min(at_once, _MOST_AT_ONCE))
    limit = _number(load.get("connection limit", ""))
    if limit is not None:
        found["CONNECTIONS"] = int(limit)
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
