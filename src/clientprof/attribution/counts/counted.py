"""From the runs of one client to its exact counts; what two runs disagree on is named."""

from collections.abc import Sequence

from clientprof.attribution.costs.module_layers import module_layer
from clientprof.model.counts.exact import ExactCounts, FunctionCount
from clientprof.model.provenance.measured_sources import MeasuredSource
from clientprof.model.run import Run
from clientprof.model.samples import CodeLocation

BYTECODES_NEED = "Bytecodes are counted on Python 3.12 and newer; add --python 3.12, or a newer one."


def counted(
    scenario: str, calls: Sequence[Run], instructions: Sequence[Run] | None, sources: tuple[MeasuredSource, ...]
) -> ExactCounts:
    """The first run of each kind, held against the others.

    ``instructions`` are none where the Python cannot count them, and None where nobody asked.
    """
    facts = calls[0].facts
    layers = facts.module_layers
    called = _by_function(calls[0])
    executed = _by_function(instructions[0]) if instructions else {}
    functions = []
    for location in sorted({*called, *executed}, key=lambda place: (place.file, place.line, place.function)):
        layer = module_layer(location, layers)
        library = location.origin == "stdlib" and location not in called
        functions.append(
            FunctionCount(
                location=location,
                layer=None if layer is None else str(layer),
                calls=None if library else called.get(location, 0),
                bytecodes=executed.get(location, 0) if instructions else None,
            )
        )
    own = sum(number for place, number in executed.items() if place.origin != "stdlib")
    return ExactCounts(
        client=facts.client,
        scenario=scenario,
        version=facts.client_version,
        python=facts.python,
        packages=facts.packages,
        requests=facts.requests_per_round,
        calls=sum(called.values()),
        bytecodes=own if instructions else None,
        library_bytecodes=sum(executed.values()) - own if instructions else None,
        counters=facts.counters,
        functions=tuple(functions),
        inexact=_disagreements(calls, "calls of") + _disagreements(instructions or (), "bytecodes of"),
        notes=(*facts.notes, *(() if instructions or instructions is None else (BYTECODES_NEED,))),
        sources=sources,
    )


def _by_function(run: Run) -> dict[CodeLocation, int]:
    return {place: row.calls for place, row in zip(run.facts.codes, run.facts.calls, strict=True)}


def _disagreements(runs: Sequence[Run], what: str) -> tuple[str, ...]:
    """The names of figures that are not the same in all runs."""
    found: list[str] = []
    for other in runs[1:]:
        first, second = _figures(runs[0], what), _figures(other, what)
        found += [name for name in {**first, **second} if first.get(name, 0) != second.get(name, 0)]
    return tuple(dict.fromkeys(found))


def _figures(run: Run, what: str) -> dict[str, int]:
    """Every figure of a run by its name in sentences."""
    figures = {counter.name: counter.total for counter in run.facts.counters}
    for place, number in _by_function(run).items():
        figures[f"{what} {place.name}"] = figures.get(f"{what} {place.name}", 0) + number
    return figures
