"""One row of time without computing, from the place in the code that it is about."""

from clientprof.model.estimate import Estimate
from clientprof.model.layers import Layer
from clientprof.model.ledger.off_cpu import OffCpu, OffCpuCost
from clientprof.model.samples import CodeLocation

NOWHERE = CodeLocation(module="", function="", file="", line=0, origin="")


def off_cpu_row(
    kind: OffCpu, layer: Layer, named: CodeLocation, innermost: CodeLocation, us_per_request: Estimate
) -> OffCpuCost:
    """``named`` is the function to name, ``innermost`` what it stood still in: the same where it called nobody."""
    return OffCpuCost(
        kind=kind,
        layer=layer,
        module=named.module,
        function=named.function,
        file=named.file,
        line=named.line,
        origin=named.origin,
        by="" if innermost == named else f"{innermost.module}.{innermost.function}",
        us_per_request=us_per_request,
    )
