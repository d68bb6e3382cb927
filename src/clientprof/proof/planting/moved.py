"""A constant burn moved from one layer to another, and what the sampler says of it."""

from dataclasses import dataclass, replace

from clientprof.model.recording import Run
from clientprof.proof.planting.account import Account, account_of, only_rounds
from clientprof.proof.planting.orders import Orders, PlantOrder
from clientprof.proof.planting.planted_run import for_cpu_s, origin_beside, run_planted, settings_for
from clientprof.proof.planting.plants import PLANTS, Plant
from clientprof.proof.planting.slopes import Slope, slopes

# Denser than in a trace: the figures of a proof need tens of thousands of samples. What a sample costs beyond its estimate
# (up to 10 us here) makes the planted slopes too large by that over the interval; in a trace it is a third of it.
INTERVAL_US = 500.0
GROUPS_PER_DOSE = 8
_SHARES = (0.0, 0.125, 0.25, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Load:
    """What a client is asked while planted. ``burn_us`` is the constant burn per request; each share of it is a dose."""

    concurrency: int
    burn_us: int


# httpx's own cost per request is ten times aiohttp's and varies more, so its doses are larger.
LOADS = {"httpx": Load(16, 1600), "aiohttp": Load(64, 400)}


@dataclass(frozen=True, slots=True)
class Moved:
    """The two plants, what the run says, and the run itself."""

    client: str
    names: tuple[str, str]
    plants: tuple[Plant, Plant]
    account: Account
    slopes: tuple[Slope, ...]
    run: Run


def move(client: str, first: str, second: str, cpu_s: float, *, seed: int = 1, keep_names: bool = False) -> Moved:
    """Divide a constant burn between two plants of one client, named as in ``PLANTS``, for ``cpu_s`` of its CPU.

    Raises:
        WorkerError: the client could not be measured.
        ValueError: too few rounds for a slope.
    """
    load = LOADS[client]
    plants = (PLANTS[client][first], PLANTS[client][second])
    doses = tuple(tuple(_per_call_ns(plant, load.burn_us, share) for share in _SHARES) for plant in plants)
    orders = Orders(
        plants=(
            PlantOrder(plants[0].target, planted_name(first), plants[0].kind, doses[0]),
            PlantOrder(plants[1].target, planted_name(second), plants[1].kind, _complement(plants[1], load.burn_us)),
        ),
        keep_names=keep_names,
        together=True,
        seed=seed,
    )
    path = plants[0].path
    with origin_beside(tls=plants[0].tls) as origin:
        settings = settings_for(origin, client, "sample", load.concurrency, path)
        settings = replace(for_cpu_s(settings, cpu_s, INTERVAL_US), rounds=2 * len(_SHARES), seed=seed)
        run = run_planted(origin, settings, orders).run
    account = account_of(run, 2, GROUPS_PER_DOSE)
    return Moved(client, (first, second), plants, account, slopes(account, plants), run)


def planted_name(name: str) -> str:
    """What the plant's function is called in profiles."""
    return f"planted_{name.replace(' ', '_')}"


def _per_call_ns(plant: Plant, burn_us: int, share: float) -> int:
    return round(1000 * burn_us * share / plant.calls)


def _complement(plant: Plant, burn_us: int) -> tuple[int, ...]:
    return tuple(_per_call_ns(plant, burn_us, 1.0 - share) for share in _SHARES)


def at_largest_dose(moved: Moved) -> Run:
    """The rounds in which the first plant burnt all of it."""
    nominal = moved.run.column("plant0.nominal_ns")
    most = max(nominal)
    skipped = len(moved.run.column("round.kind")) - len(nominal)
    return only_rounds(moved.run, [skipped + number for number, value in enumerate(nominal) if value == most])
