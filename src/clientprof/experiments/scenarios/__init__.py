"""Named scenarios: experiments that people quarrel about, each with its story, its table and its report.

A scenario is one file here, named like it (``many-origins`` is ``many_origins.py``), and one row in ``SCENARIOS``. The file
has ``NAME``, ``STORY`` (a paragraph), ``check()``, ``run(request, watch)`` and ``present(recording)``, as ``NamedScenario``
says, or an object with all of them as ``SCENARIO``.
"""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, cast

from clientprof.model.recording import Recording

if TYPE_CHECKING:
    from rich.console import Console

SCENARIOS: dict[str, str] = {
    "gather": "512 requests at once, three rounds: httpx, aiohttp, and httpx over aiohttp",
    "reuse": "100 requests one after another: one client for all of them, or a new one for each",
    "keepalive": "60 requests in flight and a slow server: how many connections are opened again and again",
    "llm": "200 streamed answers of a second each in flight: what default limits do to them",
    "burst": "2000 requests at once with default settings",
    "uploads": "64 POSTs of 1 MiB in flight: bytes, streams and multipart",
    "cold": "a new client for each request over TLS: what never reusing anything costs",
    "recycle": "2000 requests to a server that closes each connection after ten answers",
    "soak": "16000 requests by one client: does a request cost more the more were made before",
    "many-origins": "500 requests spread over 50 hosts",
    "fastapi": "a FastAPI service whose routes call another server in five ways: which one holds the loop",
}

# What happens now, runs done, runs in all.
Watch = Callable[[str, int, int], None]


class ScenarioUnavailable(Exception):
    """The scenario cannot be run here. The message says what is missing and how to get it."""


@dataclass(frozen=True, slots=True)
class ScenarioRequest:
    """What the user asked for; ``quick`` is for a first look, with figures that are not stable.

    ``conditions`` are fields of every load's ``Scenario`` that the user wants otherwise: the network, TLS.
    """

    seed: int = 1
    quick: bool = False
    command: tuple[str, ...] = ()
    conditions: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class ScenarioOutcome:
    """What was measured, None for nothing. ``failure`` is the one line for the user where an error cut it short."""

    recording: Recording | None
    interrupted: bool = False
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Presented:
    """A recording of a scenario, analysed: the JSON, the page, and what to print; the files written are named at its end."""

    summary: Mapping[str, object]
    page: str
    print_result: Callable[["Console", Mapping[str, str]], None]


class NamedScenario(Protocol):
    """What a scenario's module has."""

    NAME: str
    STORY: str

    def check(self) -> None:
        """Raise ``ScenarioUnavailable`` where something is missing, before anything starts."""

    def run(self, request: ScenarioRequest, watch: Watch) -> ScenarioOutcome:
        """Measure. Ctrl-C ends the measuring, not the result."""

    def present(self, recording: Recording) -> Presented:
        """Analyse what ``run`` recorded."""


def load_scenario(name: str) -> NamedScenario:
    """The module of a scenario that ``SCENARIOS`` names."""
    module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    return cast(NamedScenario, getattr(module, "SCENARIO", module))
