"""What a worker does, in order, whatever runs its client: a generator of operations that a driver carries out."""

import time
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from clientprof.clients.adapter import ClientOptions
from clientprof.model.run import RoundKind
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.settings import WorkerSettings
from clientprof.workload.turns import take_turns

if TYPE_CHECKING:
    from clientprof.workload.lenses.lens import Lens

WARMUP_REQUESTS = 16
# Heavy instruments slow a client several times; its own timeouts must not decide what they see.
FINALE_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class Open:
    """Build a new client."""

    options: ClientOptions


@dataclass(frozen=True, slots=True)
class Round:
    """Run a round of so many requests; answered with the process CPU it took, in nanoseconds."""

    count: int
    kind: RoundKind


@dataclass(frozen=True, slots=True)
class Close:
    """Close the client."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Do nothing for a moment, so that what ends a round can end: its tasks let go, connections close."""


REST_S = 0.05
Operation = Open | Round | Close | Rest
# A driver sends the result of each operation; the generator returns the number of warm rounds done.
Operations = Generator[Operation, int, int]


class Teller(Protocol):
    """The worker's line to its parent."""

    def tell(self, event: str, **values: object) -> None: ...

    def ask(self, event: str) -> None: ...


def options_of(settings: WorkerSettings) -> ClientOptions:
    """How the settings' scenario wants the client built."""
    return options_for(settings.scenario, settings.ca_file, settings.urls)


def options_for(scenario: Scenario, ca_file: str | None, urls: tuple[str, ...]) -> ClientOptions:
    """How the scenario wants a client built that will ask for these URLs."""
    return ClientOptions(
        limit=scenario.limit,
        ca_file=ca_file,
        keepalive=scenario.keepalive,
        http2=scenario.http2,
        redirects=scenario.redirects > 0,
        jar=scenario.jar,
        cookies=scenario.cookies > 0,
        urls=urls,
    )


def sequence(settings: WorkerSettings, options: ClientOptions, lens: "Lens", parent: Teller) -> Operations:
    """Warm-up with a client of its own, cold round, warm rounds, finale."""
    count = settings.scenario.requests_per_round
    yield Open(options)
    yield Round(min(WARMUP_REQUESTS, count), RoundKind.WARMUP)
    yield Close()

    parent.ask("cold")
    lens.begin_turn()
    yield Open(options)
    if settings.cold:
        yield Round(count, RoundKind.COLD)
    elif not settings.reopen:  # else every turn opens connections of its own
        yield Round(settings.opening, RoundKind.WARMUP)
    parent.ask("measured")
    measured = Round(count, RoundKind.MEASURED)
    if settings.turns:
        renewal: tuple[Operation, ...] = (Close(), Open(options), Round(settings.opening, RoundKind.WARMUP))
        done = yield from take_turns(settings, measured, renewal, lambda: parent.ask("turn"), lens.recorder)
    else:
        done = yield from _until_enough(settings, measured, parent)
    parent.ask("end")
    yield Close()
    if lens.finale:
        yield from _finale(settings, options, lens)
    return done


def _until_enough(settings: WorkerSettings, measured: Round, parent: Teller) -> Generator[Operation, int, int]:
    done, cpu_ns = 0, 0
    began = time.monotonic()
    while done < settings.max_rounds and (done < settings.rounds or _wants_more(settings, done, cpu_ns)):
        if done and time.monotonic() - began > settings.max_seconds:
            break
        cpu_ns += yield measured
        done += 1
        parent.tell("round", done=done, of=settings.rounds)
    return done


def _wants_more(settings: WorkerSettings, done: int, cpu_ns: int) -> bool:
    """Whether another round brings the CPU nearer to what is wanted; without instruments, whether any of it is missing.

    Samples come by CPU, so a third round of a second says little more where two seconds are wanted and two rounds took 1.9.
    A control run's rounds are what its figure is the mean of.
    """
    surplus_ns = 0.0 if settings.lens == "control" or not done else cpu_ns / done / 2
    return cpu_ns + surplus_ns < settings.min_cpu_s * 1e9


def _finale(settings: WorkerSettings, options: ClientOptions, lens: "Lens") -> Generator[Operation, int, None]:
    count = settings.scenario.requests_per_round
    yield Open(replace(options, timeout_s=FINALE_TIMEOUT_S))
    yield Round(settings.opening, RoundKind.WARMUP)
    lens.begin_finale()
    yield Round(count, RoundKind.WARMUP)
    lens.end_finale(count)
    yield Close()
