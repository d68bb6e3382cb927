"""Code that blocks the event loop's thread without computing: no profile of CPU shows it, and every request waits."""

from clientprof.attribution.findings.subject import SMALLEST_SHARE, Subject, spent
from clientprof.model.findings import Finding
from clientprof.model.ledger.off_cpu import OffCpu


def blocked_loop(subject: Subject) -> Finding | None:
    """The function in which the thread stood still longest, where that is certainly worth naming beside the CPU."""
    blocked = [row for row in subject.client.off_cpu if row.kind is OffCpu.BLOCKED]
    certain = [
        row for row in blocked if row.us_per_request.low and row.us_per_request.low > SMALLEST_SHARE * subject.total_us
    ]
    if not certain:
        return None
    top = certain[0]
    name = f"{top.module}.{top.function}"
    inside = f" in {top.by}" if top.by else ""
    return Finding(
        id="blocking-call",
        title=f"{name} blocks the event loop without using the CPU",
        layer=top.layer,
        culprits=(subject.culprit(top),),
        claim=(
            f"The loop's thread stands still{inside} for {spent(top.us_per_request)}, in addition to "
            f"{subject.total_us:,.0f} µs of CPU. No request makes progress meanwhile."
        ),
        evidence=tuple(
            f"{row.us_per_request.value:,.0f} µs per request off the CPU in {row.module}.{row.function}"
            f"{f' ({row.by})' if row.by else ''}"
            for row in certain[:5]
        ),
        remedy=f"Keep {name} out of the event loop: use an asynchronous call instead, or run it in a thread.",
        falsifier=f"The claim is wrong if a round takes as long without the blocking call in {name}.",
        mechanism=(
            "A call that blocks (a sleep, a lock, a file, a name look-up) holds the thread that all requests share. It "
            "uses no "
            "CPU, so CPU per request does not show it. Wall times and latencies do."
        ),
        pointer=f"Start at {top.file}:{top.line}.",
        off_cpu_us_per_request=top.us_per_request.value,
    )
