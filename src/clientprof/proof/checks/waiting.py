"""The server's time: what the ledger says of it against the origin's own log."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import repeat

from clientprof.attribution.ledger.loop_ledger import build_ledger
from clientprof.model.phases import Phase
from clientprof.proof.checks.budget import Budget
from clientprof.proof.checks.result import CheckResult, failed, inconclusive, within
from clientprof.proof.planting.planted_run import on, origin_beside, run_planted, settings_for
from clientprof.workload.load.loop_packages import missing_package
from clientprof.workload.load.scenario import Loop

TOLERANCE = 0.05
DELAYS = {
    "fixed": "/delay/20/1k",
    "long": "/delay/100/1k",
    "exponential": "/delay/exp/20/1k",
    "bimodal": "/delay/bimodal/5/100/1k",
}
CONCURRENCIES = (1, 64, 512)
_REQUESTS = 512


def server_wait(
    client: str, delay: str, concurrency: int, requests: int, seed: int, loop: Loop = Loop.ASYNCIO
) -> CheckResult:
    """One client under one delay: the mean of phase ``server`` in units of the origin's mean."""
    name = f"{client}{on(loop)}, n={concurrency}, {delay} delay: server time"
    with origin_beside(seed=seed) as origin:
        settings = settings_for(origin, client, "ledger", concurrency, DELAYS[delay])
        rounds = max(1, requests // concurrency)
        settings = replace(settings, scenario=replace(settings.scenario, loop=loop), opening=min(64, concurrency))
        observed = run_planted(origin, replace(settings, rounds=rounds, max_rounds=rounds))
    true_us = observed.journal.mean_server_time_us
    errors = sum(1 for error in observed.run.column("exchange.error") if error)
    if errors or true_us is None:
        return inconclusive(name, TOLERANCE, "of the truth", f"{errors} requests failed")
    try:
        ledger = build_ledger(observed.run)
    except AssertionError as error:
        return failed(name, TOLERANCE, "of the truth", f"the ledger does not balance: {error}")
    phases = {} if ledger is None else {row.phase: row for row in ledger.phases}
    reported_us = phases[Phase.SERVER].wall_us if Phase.SERVER in phases else 0.0
    result = within(name, 1.0, reported_us / true_us, TOLERANCE, "of the truth")
    return replace(result, reason=f"{reported_us / 1e3:.3f} ms of {true_us / 1e3:.3f} ms; {result.reason}")


def server_waits(budget: Budget) -> tuple[CheckResult, ...]:
    """Every delay once, spread over the clients and concurrencies; one on uvloop, where that is installed.

    All at the same time: the truth is the origin's own log of the same requests, so that they cannot disturb one another.
    """
    requests = max(64, round(_REQUESTS * budget.scale))
    rows = [
        ("aiohttp", "fixed", 512, Loop.ASYNCIO),
        ("aiohttp", "exponential", 64, Loop.ASYNCIO),
        ("httpx", "bimodal", 64, Loop.ASYNCIO),
        ("aiohttp", "bimodal", 64, Loop.UVLOOP),
    ]
    rows = [row for row in rows if missing_package(row[-1]) is None]
    clients, delays, concurrencies, loops = zip(*rows, strict=True)
    with ThreadPoolExecutor(len(rows)) as pool:
        waits = pool.map(server_wait, clients, delays, concurrencies, repeat(requests), repeat(budget.seed), loops)
        return tuple(waits)


def waits_quickly(budget: Budget) -> tuple[CheckResult, ...]:
    """One delay, one client."""
    return (server_wait("aiohttp", "exponential", 64, 128, budget.seed),)
