"""A made-up matrix of two clients, two Pythons and two loads on two hosts; the figures mean nothing."""

from clientprof.model.differences.matrix import MatrixHost, MatrixResult, MeasuredCell
from clientprof.model.differences.matrix_cell import MatrixCell
from clientprof.model.differences.stopping import Stopping
from clientprof.model.estimate import Effect, Estimate, Verdict
from clientprof.model.findings import Notice
from clientprof.model.results import Setting
from clientprof.stats.verdicts import verdict_of

HOSTS = ("host 1", "host 2")
AGAIN = Estimate(1.001, 0.994, 1.009, "ratio", 8)


def sample_cell(client: str, python: str, load: str, us: float) -> MeasuredCell:
    """A cell that costs ``us``; the first one of the sample costs 400."""
    cell = MatrixCell(f"{client}@py{python} {load.replace('/', '-')}", client, python, load)
    cost = Estimate(us, us * 0.97, us * 1.03, "us", 8)
    effects: list[Effect | None] = [None, None]
    ratios: dict[str, Estimate] = {}
    if us != 400.0:
        ratio = Estimate(us / 400, us / 400 * 0.99, us / 400 * 1.01, "ratio", 8)
        other = () if load == "c64/1k" else (f"another load: {load}, the first cell has c64/1k",)
        verdict, reason = verdict_of(ratio, AGAIN, other)
        effects = [
            Effect("first", cell.arm, metric, ratio, AGAIN, verdict, reason)
            for metric in ("cpu_us_per_request", "wall_s")
        ]
        ratios = dict.fromkeys(HOSTS, ratio)
    wall = Estimate(us / 20, us / 21, us / 19, "ms", 8)
    return MeasuredCell(cell, "2.3.0", f"CPython {python}.7", cost, wall, effects[0], effects[1], 0, ratios)


def sample_matrix() -> MatrixResult:
    """Eight cells, the first of which is the baseline; one has no verdict because of the first cell's own spread."""
    prices = iter((400.0, 900.0, 300.0, 700.0, 398.0, 880.0, 296.0, 690.0))
    cells = [
        sample_cell(client, python, load, next(prices))
        for client in ("httpx2==2.3.0", "httpx2==2.15.1")
        for python in ("3.11", "3.12")
        for load in ("c64/1k", "c512/1k/tls")
    ]
    last = cells[-2]
    assert last.cpu is not None
    unsure = Effect("first", last.cell.arm, "cpu_us_per_request", last.cpu.ratio, AGAIN, Verdict.NO_VERDICT, "drift")
    cells[-2] = MeasuredCell(
        last.cell, last.version, last.python, last.cpu_us_per_request, last.wall_ms_per_round, unsure, last.wall, 3
    )
    return MatrixResult(
        title="httpx2==2.3.0, httpx2==2.15.1 by Python 3.11, Python 3.12 by c64/1k, c512/1k/tls",
        command=("clientprof", "matrix", "httpx2==2.3.0", "httpx2==2.15.1"),
        created="2026-11-28 22:00:00 UTC",
        seed=1,
        complete=True,
        cells=tuple(cells),
        again=AGAIN,
        stopping=Stopping("the most blocks allowed", 8, 8, 0.012, 0.0125, 61.0),
        hosts=tuple(MatrixHost(name, "Linux 6.1 x86_64; a processor; cores: 1", 4) for name in HOSTS),
        notices=(Notice("hosts-disagree", "The hosts differ in a ratio.", "Look at it host by host."),),
        workload=(Setting("workload", "loads", "c64/1k, c512/1k/tls"),),
        environment=(Setting("machine", "cores", "1"),),
    )
