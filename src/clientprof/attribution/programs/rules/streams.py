"""Rules about answers that are read piece by piece."""

from collections.abc import Iterator

from clientprof.attribution.programs.rules.evidence import Evidence, finding, place
from clientprof.model.figures import percent
from clientprof.model.findings import Finding
from clientprof.model.layers import Layer
from clientprof.model.phases import Phase
from clientprof.model.programs.results import ProgramPhase, SiteResult

# Of the time in which a request is under way; below this, and below this share of the measured time, nobody notices.
_LEAST_OF_REQUEST = 0.25
_LEAST_SHARE = 0.01
# Of the time in which an answer is read: from here on it is the program that makes it long.
_MOST_OF_STREAM = 0.5


def slow_reader(evidence: Evidence) -> Iterator[Finding]:
    """A program that comes too late for pieces that are there already."""
    for site in evidence.call_sites:
        stream = next((row for row in site.phases if row.phase == Phase.STREAM), None)
        if stream is None or stream.between_us is None or stream.late_us is None:
            continue
        wall_us = sum(row.wall_us for row in site.phases)
        late_s = site.requests * stream.late_us / 1e6
        if stream.late_us < _MOST_OF_STREAM * stream.wall_us or stream.late_us < _LEAST_OF_REQUEST * wall_us:
            continue
        if late_s < evidence.noticed_s(_LEAST_SHARE):
            continue
        yield finding(
            "slow-reader",
            f"{place(site.file, site.line, site.function)} keeps its answer open while it does other work: the server is "
            "ahead of it",
            Layer.APP,
            (site.file, site.line, site.function),
            f"For {percent(stream.late_us / wall_us)} of a request ({stream.late_us / 1e3:,.1f} of {wall_us / 1e3:,.1f} ms) "
            "the program works between two pieces of the answer although the next one is there already, or after it has "
            "asked for the last one. Until its last piece is read, an answer takes its connection, and the server may have "
            "to stop sending.",
            _facts(site, stream),
            "Read faster than you work: put the pieces into a bounded queue that another task or thread empties, or read "
            "the answer whole where it is small, and work on it afterwards. Work that computes belongs into a thread or "
            "another process.",
            "The claim is wrong if a loop that only reads and throws the pieces away takes as long.",
            off_cpu_us=evidence.over_all(stream.late_us, site.requests),
            code=_queued(site),
        )


def _facts(site: SiteResult, stream: ProgramPhase) -> list[str]:
    through = f", through {', '.join(site.through)}" if site.through else ""
    return [
        f"{site.requests:,} requests of {site.client.name}{through}; {site.detailed:,} of them were seen in detail",
        f"of {stream.wall_us / 1e3:,.1f} ms in which an answer is read, {(stream.between_us or 0.0) / 1e3:,.1f} ms lie "
        f"between two pieces and {stream.inside_us / 1e3:,.1f} ms are spent on getting them",
        *(
            [f"the client was asked for a piece {stream.asks:,.0f} times a request"]
            if (stream.asks or 0.0) >= 1
            else []
        ),
    ]


def _queued(site: SiteResult) -> str:
    """Reading and working side by side, as code."""
    if site.client.blocking:
        return (
            "pieces = queue.Queue(maxsize=100)  # works() takes from it until it gets None\n"
            "threading.Thread(target=works, args=(pieces,)).start()\n"
            "for piece in reads(response):\n"
            "    pieces.put(piece)\n"
            "pieces.put(None)"
        )
    return (
        "pieces = asyncio.Queue(maxsize=100)  # works() takes from it until it gets None\n"
        "worker = asyncio.create_task(works(pieces))\n"
        "async for piece in reads(response):\n"
        "    await pieces.put(piece)\n"
        "await pieces.put(None)\n"
        "await worker"
    )
