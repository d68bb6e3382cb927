"""The plan of an explanation: what is explained, under which load, for how long, and how its time is spent."""

from dataclasses import dataclass, field, replace

from clientprof.clients import CLIENTS
from clientprof.experiments.environments.client_specs import ClientSpec, Part
from clientprof.experiments.environments.subjects import Subject
from clientprof.experiments.suspects.suspect import Suspect
from clientprof.experiments.traces.trace_plan import TracePlan
from clientprof.workload.load.scenario import Scenario

DEFAULT_MAX_TIME_S = 300.0
# By when each part must be done, as shares of the time left after the evidence.
ALONE_UNTIL, SELECTED_UNTIL = 0.45, 0.65
# Blocks: fewer carry no interval worth the name, more add little.
FEWEST_ALONE, MOST_ALONE = 3, 6
FEWEST_OF_STAIRCASE, MOST_OF_STAIRCASE = 3, 12
# Seconds that an arm takes besides its rounds, two turns of 512 requests with new clients: aiohttp 0.31, httpx 0.84.
START_S = 0.6
# A slower arm tells nothing more after two blocks, and takes the time of the others.
FAR_SLOWER = 1.3
# Less than this share of the client's cost is not worth a step, and cannot be told from chance in the blocks there are.
SMALLEST_STEP = 0.01
MOST_STEPS = 12
# A turn of an arm that takes longer than so many of the client as it is, and these seconds, is not waited for.
TIMES_TOO_SLOW, SURELY_TOO_SLOW_S = 10.0, 30.0


@dataclass(frozen=True, slots=True)
class ExplainPlan:
    """What to explain. ``baseline`` None explains without a gap to close; ``named`` suspects are tried without evidence too.

    ``own`` are suspects that the user brought. ``floor``: the floor runs beside the staircase. ``max_seconds`` bounds the
    measuring; making environments and checking what changes leave intact is not counted.
    """

    client: ClientSpec
    baseline: ClientSpec | None
    scenario: Scenario
    named: tuple[str, ...] = ()
    own: tuple[Suspect, ...] = ()
    regimes: bool = False
    max_seconds: float = DEFAULT_MAX_TIME_S
    seed: int = 1
    python: str | None = None
    floor: bool = True
    worker_timeout_s: float = 180.0
    command: tuple[str, ...] = field(default=())

    def lens_plan(self, lenses: tuple[str, ...], subjects: tuple[Subject, ...]) -> TracePlan:
        """The runs that give the evidence: one process of client and baseline for each lens."""
        return TracePlan(
            client=self.client.label,
            baseline=None if self.baseline is None else self.baseline.label,
            scenario=self.scenario,
            lenses=lenses,
            seed=self.seed,
            worker_timeout_s=self.worker_timeout_s,
            command=self.command,
            subjects=subjects,
            as_far=True,
            cold_rounds=False,
            floor=False,
        )


def pinned(spec: ClientSpec, version: str, packages: dict[str, str], added: tuple[str, ...] = ()) -> ClientSpec:
    """The same client with these versions of what its speed depends on, and more packages beside it.

    An arm that needs another package gets an environment of its own, and must differ from the others in that package alone.
    """
    own = CLIENTS[spec.adapter].package
    pins = {name: Part(name, version=found) for name, found in packages.items() if name != own and "@" not in found}
    if spec.source is not None:
        version = ""  # its content is pinned, and so is what comes along with it, which ``packages`` has with its mark
    pins |= {part.name: part for part in spec.added}
    pins |= {name: pins.get(name, Part(name)) for name in added}
    return replace(spec, version=version or spec.version, added=tuple(pins[name] for name in sorted(pins)))
