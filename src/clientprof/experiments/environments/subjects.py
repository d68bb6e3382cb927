"""From the clients asked for to the interpreters that measure them."""

import importlib.metadata
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from clientprof.clients import CLIENTS
from clientprof.clients.adapter import Adapter
from clientprof.experiments.environments.build import installer
from clientprof.experiments.environments.client_specs import ClientSpec
from clientprof.experiments.environments.interpreters import Interpreter, find_interpreter, interpreter_at
from clientprof.experiments.environments.profilers import missing_here, missing_in
from clientprof.experiments.environments.recipe import recipe_of
from clientprof.experiments.environments.store import EnvironmentStore, Say
from clientprof.experiments.sources.builds import SourceStore
from clientprof.experiments.sources.parts import SourcePart, sources_of
from clientprof.model.provenance.distributions import normal_name
from clientprof.model.provenance.measured_sources import MeasuredSource
from clientprof.workload.load.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Subject:
    """One client to measure: the label it goes by, its adapter, and where.

    ``python`` is the interpreter of its environment, None for this one; ``version`` what must be found there, None for
    any; ``about`` tells the reader of a report. ``scenario`` is a load of its own, None for the plan's: so that one client
    can be measured in two ways. ``lacks`` are the profilers that cannot be had there: lenses of that name are left out.
    ``sources`` are its packages that are no release; ``pins`` the versions of all others in an environment of its own.
    """

    label: str
    adapter: str
    python: str | None = None
    version: str | None = None
    about: str = "measured where clientprof is installed"
    scenario: Scenario | None = None
    lacks: tuple[str, ...] = ()
    sources: tuple[MeasuredSource, ...] = ()
    pins: tuple[str, ...] = ()

    @property
    def marks(self) -> Mapping[str, str]:
        """By package, what is set behind the version of one that is no release: ``@1a2b3c4d5``. It differs wherever the
        code differs, which a version in a working tree does not."""
        return {each.package: f"@{each.name}" for each in self.sources}

    def named(self, label: str) -> "Subject":
        """The same under another label: the second arm of one client."""
        return replace(self, label=label, sources=tuple(replace(each, client=label) for each in self.sources))


def prepare(
    specs: Sequence[ClientSpec],
    python: str | None,
    say: Say,
    store: EnvironmentStore | None = None,
    *,
    like: Subject | None = None,
) -> tuple[Subject, ...]:
    """A subject for each spec, in order; environments that are missing are made, and ``say`` tells so.

    ``python`` is the interpreter of those that name none, None for this one. Where they run in several, each gets an
    environment of its own, also what is installed here: packages are then chosen alike for all. Environments of sources get
    the versions of ``like``, else of the first of them, for all that is no source: so arms differ in the code alone.

    Raises:
        EnvironmentProblem: one cannot be had. Nothing has been measured then.
    """
    this = _this_interpreter()
    default = this if python is None else find_interpreter(python)
    used = [default if spec.python is None else find_interpreter(spec.python.wanted, spec.label) for spec in specs]
    here = all(_same(interpreter, this) for interpreter in used)
    # All of them first: a tree that does not build is told before an environment is made for another.
    built = [sources_of(spec, CLIENTS[spec.adapter], say, _builds(store)) for spec in specs]
    found: list[Subject] = []
    for spec, interpreter, sources in zip(specs, used, built, strict=True):
        used_by = this if _same(interpreter, this) else interpreter
        pins = () if like is None or not spec.from_source else like.pins
        found.append(_prepare(spec, used_by, here, say, store, sources, pins))
        like = found[-1] if like is None and found[-1].sources else like
    return tuple(found)


def _prepare(
    spec: ClientSpec,
    used: Interpreter,
    here: bool,
    say: Say,
    store: EnvironmentStore | None,
    sources: tuple[SourcePart, ...],
    pins: tuple[str, ...],
) -> Subject:
    """``used`` measures it; ``here``: it may be measured in this environment."""
    adapter = CLIENTS[spec.adapter]
    installed = _installed_here(adapter)
    if spec.plain and installed is not None and here and not adapter.alone:
        return Subject(spec.label, spec.adapter, lacks=missing_here())
    # What is installed here is what is meant where no version is named: then only what was asked for differs.
    version = spec.version or installed or None
    own = {each.built.part.name for each in sources}
    pins = tuple(pin for pin in pins if pin.partition("==")[0] not in own)
    recipe = recipe_of(spec, adapter, version, used, tuple(each.built for each in sources), pins)
    if version is None and adapter.package and spec.source is None:
        making = f"installing {spec.label} (newest) into its own environment"
    else:
        making = f"making the environment of {spec.label} ({used.name}, with {installer()})"
    environment = (store or EnvironmentStore()).get(recipe, say, making=making)
    about = f"an environment of its own, {used.name}: {', '.join(recipe.requirements)}"
    measured = tuple(each.measured for each in sources)
    version = next((each.version for each in measured if each.package == normal_name(adapter.package)), spec.version)
    others = tuple(pin for pin in environment.record.packages if pin.partition("==")[0] not in own)
    lacks = missing_in(used.minor)
    return Subject(
        spec.label, spec.adapter, environment.python, version, about, lacks=lacks, sources=measured, pins=others
    )


def _builds(store: EnvironmentStore | None) -> SourceStore:
    """What was built from sources lies beside the environments, in a store of one's own inside it."""
    return SourceStore() if store is None else SourceStore(store.folder / ".sources")


def _installed_here(adapter: type[Adapter]) -> str | None:
    """The version of the adapter's distribution in this environment ("" where it needs none), None if it is missing."""
    try:
        for name in adapter.needs:
            importlib.metadata.version(name)
        return importlib.metadata.version(adapter.package) if adapter.package else ""
    except importlib.metadata.PackageNotFoundError:
        return None


def _this_interpreter() -> Interpreter:
    found = interpreter_at(sys.executable)
    assert found is not None, "the running interpreter starts"
    return found


def _same(one: Interpreter, other: Interpreter) -> bool:
    """Whether they are the same build, wherever they lie: a virtual environment's and the one that it was made with."""
    return replace(one, path="") == replace(other, path="")
