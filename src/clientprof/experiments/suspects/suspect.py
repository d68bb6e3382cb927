"""What a suspect is: a hypothesis, the evidence that raises it, and the change that takes the suspected cause away."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from clientprof.model.experiments.suspicions import Kind, Suspicion
from clientprof.model.knobs import Knob, Turn
from clientprof.model.layers import Layer
from clientprof.model.results import ClientResult, CounterRow, LayerCost
from clientprof.workload.changes import Change
from clientprof.workload.load.scenario import Scenario

PATCHES = Path(__file__).parent / "patches"
# The fields of a scenario that are settings of the client.
# Connections that httpx and aiohttp allow if they are not told otherwise.
_DEFAULT_LIMIT = 100
_FIELDS = {Knob.CONNECTIONS: "limit", Knob.KEPT: "keepalive", Knob.REQUESTS: "concurrency"}


@dataclass(frozen=True, slots=True)
class NewerPython:
    """An interpreter on this machine that is newer than the client's: its version and path.

    ``ratio`` is the CPU that a fixed program takes there, over what it takes in the client's; None where nobody asked.
    """

    version: str
    path: str
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """What is known before any experiment: the client's profile and counters, the baseline's (None: none), the load.

    ``adapter`` is the client's row of CLIENTS; ``root`` the package that holds its connections, ``httpcore`` for httpx and
    ``httpcore2`` for httpx2, empty where there is none. ``pythons`` are newer than the client's, the newest first.
    """

    client: ClientResult
    baseline: ClientResult | None
    scenario: Scenario
    adapter: str
    root: str = ""
    pythons: tuple[NewerPython, ...] = ()

    @property
    def total_us(self) -> float:
        """CPU per request: by the control lens, or the layers' sum where that did not run."""
        control = self.client.control
        if control is not None:
            return control.cpu_us_per_request.value
        return sum(row.cpu_us_per_request.value for row in self.client.layers)

    def counter(self, name: str) -> CounterRow | None:
        return next((row for row in self.client.counters if row.name == name), None)

    def count(self, name: str) -> float:
        """A counter's value per request, 0.0 where it was not counted."""
        row = self.counter(name)
        return 0.0 if row is None else row.value

    def layer(self, layer: Layer) -> LayerCost | None:
        return next((row for row in self.client.layers if row.layer is layer), None)

    def layer_us(self, layer: Layer) -> float:
        """CPU per request owned by the layer."""
        row = self.layer(layer)
        return 0.0 if row is None else row.cpu_us_per_request.value

    def function_us(self, *names: str, own: bool = False) -> float:
        """CPU per request of the functions with these names (``Class.method`` or the last part), below them included.

        ``own`` leaves out what they call. Functions below one another are counted twice: name disjoint ones.
        """
        found = [
            function
            for function in self.client.functions
            if function.function in names or function.function.rpartition(".")[2] in names
        ]
        return sum((f.self_us_per_request if own else f.total_us_per_request).value for f in found)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a suspect is raised: one sentence with figures; the gain it predicts in us per request, None for none."""

    text: str
    predicted_us: float | None


@dataclass(frozen=True, slots=True)
class Intervention:
    """What an arm changes. Several combine into one (``combined``).

    ``packages`` are installed beside the client; ``scenario`` are fields of Scenario with new values; ``adapter`` is another
    row of CLIENTS; ``changes`` are made in the process; ``variables`` are environment variables. ``pythons`` are
    interpreters, of which the first that the client can be installed in is used.
    """

    packages: tuple[str, ...] = ()
    scenario: Mapping[str, Any] = field(default_factory=dict)
    adapter: str | None = None
    changes: tuple[Change, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    pythons: tuple[NewerPython, ...] = ()

    @property
    def needs_environment(self) -> bool:
        """Whether it takes another environment than the unchanged client's, so that all arms must have one of their own."""
        return bool(self.packages or self.pythons)


class Conflict(ValueError):
    """Interventions that cannot be combined."""


def combined(interventions: "list[Intervention]") -> Intervention:
    """All of them at once.

    Raises:
        Conflict: two want another adapter, or another value of one setting.
    """
    adapters = {each.adapter for each in interventions if each.adapter is not None}
    pythons = {each.pythons for each in interventions if each.pythons}
    scenario: dict[str, Any] = {}
    variables: dict[str, str] = {}
    for each in interventions:
        for known, new in ((scenario, each.scenario), (variables, each.variables)):
            if any(known.get(key, value) != value for key, value in new.items()):
                raise Conflict("two of them set the same thing to different values")
            known.update(new)
    if len(adapters) > 1:
        raise Conflict(f"there is one transport, not both {' and '.join(sorted(adapters))}")
    if len(pythons) > 1:
        raise Conflict("a client runs in one Python")
    return Intervention(
        packages=tuple(dict.fromkeys(name for each in interventions for name in each.packages)),
        scenario=scenario,
        adapter=next(iter(adapters), None),
        changes=tuple(dict.fromkeys(change for each in interventions for change in each.changes)),
        variables=variables,
        pythons=next(iter(pythons), ()),
    )


@dataclass(frozen=True, slots=True)
class Suspect:
    """A row of SUSPECTS. ``adapters`` are the clients that it can apply to, empty for all that run on an event loop.

    ``evidence`` is None where the case has none: then the suspect is not tried unless it is named. ``absent`` says what was
    looked for, for that case. ``gives_up`` says what the change costs in meaning (empty: nothing that a test could find);
    ``mistaken`` how the hypothesis could be wrong. ``last`` suspects replace much at once: they are no steps of a staircase,
    but for a patch, which may be its last.
    ``turns`` are the settings that the remedy turns; ``LIMIT`` and the like in ``code`` stand for what was measured.
    """

    id: str
    kind: Kind
    layer: Layer
    hypothesis: str
    adapters: frozenset[str]
    evidence: Callable[[Case], Evidence | None]
    intervention: Callable[[Case], Intervention]
    absent: str
    gives_up: str = ""
    mistaken: str = ""
    remedy: str = ""
    code: str = ""
    pointer: str = ""
    threads: tuple[str, ...] = ()
    last: bool = False
    turns: tuple[Turn, ...] = ()

    def code_with(self, values: Mapping[str, object]) -> str:
        """The code to paste with these settings; clients' own default where one is not among them."""
        code = self.code
        for name in _FIELDS.values():
            code = code.replace(name.upper(), str(values.get(name) or _DEFAULT_LIMIT))
        return code

    def suspicion(self, evidence: Evidence, intervention: Intervention) -> Suspicion:
        """The suspect as it is recorded once raised; the remedy has the values that ``intervention`` sets."""
        asked = intervention.scenario
        return Suspicion(
            id=self.id,
            kind=self.kind,
            layer=self.layer,
            hypothesis=self.hypothesis,
            evidence=evidence.text,
            predicted_us=evidence.predicted_us,
            gives_up=self.gives_up,
            mistaken=self.mistaken,
            remedy=self.remedy,
            code=self.code_with(asked),
            pointer=self.pointer,
            threads=self.threads,
            turns=tuple(replace(turn, to=asked.get(_FIELDS.get(turn.knob, ""))) for turn in self.turns),
        )


@dataclass(frozen=True, slots=True)
class Patched:
    """The intervention that calls ``function`` of ``patches/FILE.py`` with the name of the package that it changes."""

    file: str
    function: str = "apply"

    def change(self, argument: str) -> Change:
        """``argument`` is the package's name, as a rule."""
        return Change(file=str(PATCHES / f"{self.file}.py"), name=self.function, argument=argument)

    def __call__(self, case: Case) -> Intervention:
        return Intervention(changes=(self.change(case.root),))


def patch(file: str, function: str = "apply") -> Patched:
    """An intervention by a patch."""
    return Patched(file, function)
