"""Rules about bodies that go piece by piece: answers that are read so, and what is sent so."""

from collections.abc import Iterator

from clientprof.attribution.programs.rules.evidence import Evidence, finding, place
from clientprof.attribution.programs.rules.remedies import join_pieces
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
# Of the loop's busy time, and of the time in which requests are under way.
_LEAST_OF_LOOP = 0.25
_LEAST_NOTICED = 0.05
# A loop that is less busy is in nobody's way, unless ready requests wait for this for so much of their time.
_BUSY = 0.5
_LEAST_BLAME = 0.25


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


def cut_small(evidence: Evidence) -> Iterator[Finding]:
    """A program that gives its client the body of a request in very many tiny pieces."""
    for row in evidence.sent:
        if row.share_of_loop < _LEAST_OF_LOOP or row.held_s < evidence.noticed_s(_LEAST_NOTICED):
            continue
        if evidence.loop_busy_share < _BUSY and row.blamed_us < _LEAST_BLAME * evidence.request_us:
            continue
        site = evidence.sites.site(row.site)
        where = place(site.file, site.line, site.function)
        through = f", through {', '.join(site.through)}" if site.through else ""
        client = evidence.client_name(row.client)
        each_us = row.cpu_s * 1e6 / row.requests
        yield finding(
            "body-in-tiny-pieces",
            f"{where} sends the body of a request in {row.pieces:,.0f} pieces of {row.piece_bytes:,.0f} bytes",
            Layer.APP,
            (site.file, site.line, site.function),
            f"From its first piece to its last, such a request takes {each_us / 1e3:,.1f} ms of the loop's CPU, "
            f"{each_us / row.pieces:,.0f} µs a piece, with what the program does to make it; requests were ready and waited "
            f"{row.blamed_us / 1e3:,.1f} ms each for that.",
            [
                f"{row.seen:,} of {row.of:,} requests of {client}{through} that were seen in detail send their bodies so, "
                f"{row.bytes / 1e6:,.2f} MB each",
                f"loop time: {row.held_s:,.2f} s, {percent(row.share_of_loop)} of the event loop's busy time",
            ],
            "Give the client larger pieces, some 64 kB each: read that much of a file at a time, or join pieces that are "
            "there already before they are sent.",
            "The claim is wrong if CPU per request does not fall with pieces of 64 kB.",
            cost_us=evidence.for_each_us(row.cpu_s),
            off_cpu_us=row.blamed_us or None,
            mechanism="Each piece goes through the client, the event loop and the system by itself, and most of what that "
            "costs does not depend on its size.",
            code=join_pieces(client),
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
