"""The packages of a client that come from sources: found, built, and as an environment and a recording name them."""

from dataclasses import dataclass, replace

from clientprof.clients.adapter import Adapter
from clientprof.experiments.environments.client_specs import ClientSpec, Part
from clientprof.experiments.environments.recipe import BuiltPart
from clientprof.experiments.sources.asked import SourceAsked
from clientprof.experiments.sources.builds import Say, SourceStore
from clientprof.experiments.sources.published import published_at
from clientprof.experiments.sources.resolve import resolve
from clientprof.model.provenance.distributions import normal_name
from clientprof.model.provenance.measured_sources import MeasuredSource


@dataclass(frozen=True, slots=True)
class SourcePart:
    """One package from a source."""

    built: BuiltPart
    measured: MeasuredSource


def found_sources(spec: ClientSpec) -> ClientSpec:
    """The spec with every source looked up, so that its label names commits.

    Raises:
        SourceProblem: one is not there, or cannot be measured.
    """

    def found(source: SourceAsked | None) -> SourceAsked | None:
        return None if source is None else replace(source, found=source.found or resolve(source))

    added = tuple(replace(part, source=found(part.source)) for part in spec.added)
    return replace(spec, source=found(spec.source), added=added)


def sources_of(spec: ClientSpec, adapter: type[Adapter], say: Say, store: SourceStore) -> tuple[SourcePart, ...]:
    """The packages that the sources of a spec bring, each built if need be; what a tree brings along gives way to what
    the spec names itself.

    Raises:
        SourceProblem: a source does not hold its package, or does not build.
    """
    spec = found_sources(spec)
    client = Part(normal_name(adapter.package), spec.extras, None, spec.source)
    asked = [part for part in (client, *spec.added) if part.source is not None]
    named = {part.name for part in (client, *spec.added)}
    parts: dict[str, SourcePart] = {}
    for part in asked:
        source = None if part.source is None else part.source.found
        assert source is not None, "sources are looked up"
        for wheel in store.get(source, part.name, say):
            own = wheel.name == part.name
            if not own and wheel.name in named:
                continue
            as_part = Part(wheel.name, part.extras if own else (), wheel.version, part.source)
            measured = MeasuredSource(
                spec.label, wheel.name, wheel.version, source.name, source.kind.value, source.content, source.commit,
                source.branch, source.dirty, published_at(source, wheel.name.replace("-", "_")),
            )  # fmt: skip
            parts.setdefault(wheel.name, SourcePart(BuiltPart(as_part, wheel.file, wheel.content), measured))
    return tuple(parts.values())
