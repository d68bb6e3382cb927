"""Costs that grow with what the client has done before."""

from clientprof.attribution.findings.subject import Subject, shown_slope
from clientprof.model.findings import Finding
from clientprof.model.knobs import Knob, Turn, Way
from clientprof.model.layers import Layer
from clientprof.stats.growth_over_age import thirds

_RENEW = "Until it is mended, make a new client from time to time."


def grows_with_age(subject: Subject) -> Finding | None:
    """CPU per request grows in one process under one load."""
    growing = [row for row in subject.client.aging if row.grows]
    if not growing:
        return None
    functions = [row for row in growing if row.location is not None]
    most = (functions or growing)[0]
    early, _, late = thirds(most.us_per_request)
    where = "" if most.location is None else most.location.name
    assert most.slope is not None
    return Finding(
        id="cost-grows-with-age",
        title=f"Requests of {subject.name} cost the more the more were made before"
        + (f", in {where}" if where else ""),
        layer=most.layer or Layer.OTHER,
        culprits=tuple(subject.culprit(row.location) for row in functions[:3] if row.location is not None),
        claim=(
            f"{where or 'A request'} takes {early:,.1f} µs of CPU per request in the first third of "
            f"{most.requests[-1]:,.0f} requests and {late:,.1f} µs in the last, as their number to the power "
            f"{shown_slope(most.slope)}. The load stays the same."
        ),
        evidence=tuple(
            f"{'all CPU' if row.location is None else row.location.name} grows as the number of requests made before, "
            f"to the power {shown_slope(row.slope)}"
            for row in growing[:4]
            if row.slope is not None
        ),
        remedy=(
            "Look for what each request or connection adds there and nothing removes: a list, a registry, handlers, paths "
            f"of a certificate store. {_RENEW}"
        ),
        falsifier="The claim is wrong if the cost does not go on growing over twice as many requests.",
        cost_us_per_request=late - early,
        turns=(Turn(Knob.LIFETIME, Way.DOWN, _RENEW),),
    )
