"""What no other rule knows: the costliest function that the baseline does not have."""

from collections.abc import Collection

from clientprof.attribution.findings.subject import Subject, spent
from clientprof.model.figures import percent
from clientprof.model.findings import Finding

_LEAST_RATIO = 1.02


def costliest_function(subject: Subject, known: Collection[tuple[str, str]]) -> Finding | None:
    """The costliest function by its own code that the baseline lacks and no finding names (``known``: module, function).

    None unless the client certainly costs more than the baseline and the function's whole interval is worth naming.
    """
    comparison = subject.comparison
    if comparison is None or comparison.effect.ratio.low is None or comparison.effect.ratio.low <= _LEAST_RATIO:
        return None
    gap = {row.layer: row for row in comparison.gap}
    theirs = set() if subject.baseline is None else {(f.module, f.function) for f in subject.baseline.functions}
    own = [
        function
        for function in subject.client.functions
        if (function.module, function.function) not in theirs
        and (function.module, function.function) not in known
        and function.origin == "package"
        and subject.significant(function.self_us_per_request)
        and (row := gap.get(function.layer)) is not None
        and row.us_per_request.low is not None
        and row.us_per_request.low > 0
    ]
    if not own:
        return None
    top = max(own, key=lambda function: function.self_us_per_request.value)
    cost, layer = top.self_us_per_request, gap[top.layer]
    calls = "" if top.calls_per_request is None else f", {top.calls_per_request:,.1f} calls per request"
    name = f"{top.module}.{top.function}"
    return Finding(
        id="costliest-function",
        title=f"{name} costs more than any other function that {comparison.effect.baseline} does not have",
        layer=top.layer,
        culprits=(subject.culprit(top),),
        claim=(
            f"Its own code takes {spent(cost)}, {subject.share(cost.value)}. Layer {top.layer} accounts for "
            f"{percent(layer.share_of_gap)} of the difference: {layer.us_per_request.value:,.0f} of "
            f"{comparison.gap_us_per_request.value:,.0f} µs per request."
        ),
        evidence=(f"{cost.value:,.1f} µs per request in the function itself{calls}",),
        remedy=f"Look at {top.file}:{top.line} first.",
        falsifier="The claim is wrong if CPU per request does not change when a patch makes the function do nothing.",
        cost_us_per_request=cost.value,
        mechanism="No rule knows the reason. Of all functions that the baseline does without, this one costs most.",
        pointer=f"Start at {top.file}:{top.line}.",
    )
