"""An adapter's boundaries looked up in the installed version, as the recording states them."""

from collections.abc import Iterable

from clientprof.clients.adapter import Adapter
from clientprof.model.samples import Boundary
from clientprof.probes.locations import locate
from clientprof.probes.observation_points import BoundarySpec, find


def find_boundaries(adapter: Adapter) -> tuple[Boundary, ...]:
    """The adapter's boundaries, as ``find_specs`` finds them."""
    return find_specs(adapter.boundaries)


def find_specs(specs: Iterable[BoundarySpec]) -> tuple[Boundary, ...]:
    """Each boundary with its code's location; one that is wrapped is listed with the wrapper and with what it wraps.

    Rows of a target that the installed version lacks have ``found`` False.
    """
    rows: list[Boundary] = []
    for spec in specs:
        seam = find(spec.target)
        # Of alternatives, the one that was found; where none was, the first.
        target = spec.target.split("|")[0].strip() if seam is None else seam.target
        module, _, function = target.partition(":")
        if seam is None or not seam.codes:
            if not spec.optional:
                rows.append(Boundary(module=module, function=function, layer=spec.layer, found=False))
            continue
        rows.extend(
            Boundary(
                module=module,
                function=function,
                layer=spec.layer,
                found=True,
                file=location.file,
                line=location.line,
            )
            for location in map(locate, seam.codes)
        )
    return tuple(rows)
