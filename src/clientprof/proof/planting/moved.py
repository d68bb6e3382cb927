"""A constant burn moved from one layer to another, and what the sampler says of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from clientprof.model.run import Run
from clientprof.proof.planting.account import Account, account_of, only_rounds, pooled
from clientprof.proof.planting.orders import Orders, PlantOrder
from clientprof.proof.planting.planted_run import for_cpu_s, origin_beside, run_planted, settings_for
from clientprof.proof.planting.plants import PLANTS, Plant
from clientprof.proof.planting.slopes import Slope, slopes

# Denser than in a trace, for more samples in the same time. What a sample costs beyond the estimate of its process makes the
# planted slopes too large by that over the interval: at 500 us, single processes here reported 0.93 to 1.02.
INTERVAL_US = 1000.0
CHUNKS = 4
# Of the burn. Near the ends, where they say most about a slope, with one between that would show a bend.
_SHARES = (0.0, 0.1, 0.5, 0.9, 1.0)


@dataclass(frozen=True, slots=True)
class Load:
    """What a client is asked while planted. ``burn_us`` is the constant burn per request; each share of it is a dose."""

    concurrency: int
    burn_us: int


# Four times httpx's own cost, about ten times aiohttp's. What a layer costs is known to a share of all that is sampled, so
# slopes are known the better the larger the burn is beside the client: for httpx a burn of 1600 us took six times as long,
# for aiohttp one of 400 us left the other layers at +-0.06 where 1200 us gives +-0.03 in the same 8 s. httpx's pool and
# locks vary less with 4 requests at once than with 16: +-0.03 instead of +-0.05.
LOADS = {"httpx": Load(4, 6400), "aiohttp": Load(64, 1200), "requests": Load(1, 2400)}


@dataclass(frozen=True, slots=True)
class Moved:
    """The two plants, what the run says, and the run itself."""

    client: str
    names: tuple[str, str]
    plants: tuple[Plant, Plant]
    account: Account
    slopes: tuple[Slope, ...]
    run: Run


def move(
    client: str,
    first: str,
    second: str,
    cpu_s: float,
    *,
    seed: int = 1,
    keep_names: bool = False,
    concurrency: int | None = None,
) -> Moved:
    """Divide a constant burn between two plants of one client, named as in ``PLANTS``, for ``cpu_s`` of its CPU.

    ``concurrency`` other than that of its load is for clients whose threads are each sampled like the others.

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
        settings = settings_for(origin, client, "sample", concurrency or load.concurrency, path)
        settings = replace(for_cpu_s(settings, cpu_s, INTERVAL_US), rounds=2 * len(_SHARES), seed=seed)
        run = run_planted(origin, settings, orders).run
    account = account_of(run, 2, CHUNKS)
    return Moved(client, (first, second), plants, account, slopes(account, plants), run)


def pooled_moves(moves: Sequence[Moved]) -> Moved:
    """Several runs of the same plants as one; ``run`` is the last of them."""
    last, account = moves[-1], pooled([moved.account for moved in moves])
    return replace(last, account=account, slopes=slopes(account, last.plants))


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
