"""The rule about garbage collections that stop the program for long."""

from collections.abc import Iterator

from clientprof.attribution.programs.rules.evidence import Evidence, finding, place
from clientprof.model.figures import percent
from clientprof.model.findings import Finding
from clientprof.model.layers import Layer

GARBAGE = "garbage-pauses"
# One pause or two are the start's. Less than a tenth of the loop's busy time is told of no other work either: a service that
# has just started collects for 5 % of it. And it must be a part of the time in which requests were under way.
_FEWEST = 3
_LEAST = 0.1
_LEAST_SHARE = 0.01


def pauses(evidence: Evidence) -> Iterator[Finding]:
    """Collections that hold the loop for long, again and again."""
    found = evidence.garbage
    if found.times < _FEWEST or found.share_of_loop < _LEAST or found.held_s < evidence.noticed_s(_LEAST_SHARE):
        return
    mean_ms = 1e3 * found.held_s / found.times
    # Whose allocation was one too many is chance: it is no culprit.
    where = [f"most of it interrupts {place(*found.place)}"] if found.place[0] else []
    yield finding(
        GARBAGE,
        f"Garbage collection stops the program {found.times:,.0f} times for {mean_ms:,.0f} ms each, "
        f"{percent(found.share_of_loop)} of the event loop's busy time",
        Layer.GC,
        ("", 0, ""),
        f"The longest takes {found.longest_ms:,.0f} ms. Nothing else runs meanwhile: requests were ready and waited "
        f"{found.blamed_us / 1e3:,.2f} ms each for it.",
        [
            f"{found.held_s:,.2f} s of {found.busy_s:,.2f} s that the event loop was busy",
            f"{found.collected_s:,.2f} s of CPU in all collections, short ones included",
            *where,
        ],
        "Let the collector look at less and more seldom: freeze what stays once the program has started, raise its "
        "thresholds, and make fewer objects at once.",
        "The claim is wrong if requests wait as long with the collector switched off (`gc.disable()`).",
        off_cpu_us=found.blamed_us or None,
        mechanism="A full collection looks at all objects of the program, so it takes as long as there are many of them.",
        code="gc.collect()\ngc.freeze()  # once, when all is loaded\ngc.set_threshold(50_000, 20, 100)",
    )
