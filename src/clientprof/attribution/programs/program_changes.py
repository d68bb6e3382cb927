"""Two recordings of the same program side by side. Nothing here is a verdict: each is one run, under its own load."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from clientprof.attribution.programs.lane import facts_of, lanes_of
from clientprof.attribution.programs.program_result import program_result
from clientprof.attribution.programs.rules.loop import CLOSE_ID
from clientprof.model.findings import Finding
from clientprof.model.programs.changes import ProgramChanges, ProgramSide, SiteChange, SiteFigures
from clientprof.model.programs.recording import Peer
from clientprof.model.programs.results import ProgramResult, SiteResult
from clientprof.model.recording import Recording

# Loads and mixes that differ by more than this are said to differ.
_RATE = 0.1
_MIX = 0.1
_SHORT_S = 10.0
_FEW = 200

_Key = tuple[str, str, str, Peer | None, bool]


def program_changes(before: Recording, after: Recording) -> ProgramChanges:
    """What changed from the one to the other.

    Raises:
        ValueError: one is not of a program, or they are of different programs.
    """
    one, other = program_of(before), program_of(after)
    if one != other:
        raise ValueError(f"they are recordings of different programs: {one} and {other}")
    was, now = program_result(before), program_result(after)
    old, new = _findings(was.findings), _findings(now.findings)
    return ProgramChanges(
        program=one,
        before=_side(before, was),
        after=_side(after, now),
        sites=_sites(was.call_sites, now.call_sites),
        gone=tuple(title for key, title in old.items() if key not in new),
        stayed=tuple(title for key, title in new.items() if key in old),
        new=tuple(title for key, title in new.items() if key not in old),
        differences=_differences(was, now),
        cautions=_cautions(was, now),
    )


def program_of(recording: Recording) -> str:
    """The script or module that the recording's first process ran.

    Raises:
        ValueError: it is the recording of something else.
    """
    processes = facts_of(recording).processes
    return processes[0].name if processes else "unknown"


def _findings(findings: Sequence[Finding]) -> dict[tuple[str, tuple[str, ...]], str]:
    """Titles by what a finding is about: its id and functions, without line numbers and figures."""
    return {(each.id, tuple(culprit.function for culprit in each.culprits)): each.title for each in findings}


def _side(recording: Recording, result: ProgramResult) -> ProgramSide:
    counters = {row.name: row.value for row in result.counters}
    return ProgramSide(
        created=result.created,
        measured_s=result.measured_s,
        requests=result.requests,
        failed=result.failed,
        open=result.open,
        cpu_us_per_request=_cpu(recording),
        connects_per_1000=counters.get("connections_opened_per_1000_requests"),
        answer=result.answer.sentence,
    )


def _cpu(recording: Recording) -> float | None:
    """CPU of all processes between the first and the last slice, per request that ended between them."""
    spent = ended = 0
    for lane in lanes_of(recording):
        cpu, exchanges = lane.integers("uptime.cpu_ns"), lane.integers("uptime.exchanges")
        if len(cpu) > 1 and len(cpu) == len(exchanges) and cpu[0] >= 0:
            spent += int(cpu[-1] - cpu[0])
            ended += int(exchanges[-1] - exchanges[0])
    return spent / ended / 1e3 if ended else None


def _sites(was: Sequence[SiteResult], now: Sequence[SiteResult]) -> tuple[SiteChange, ...]:
    """All call sites of both, those with the most requests first; several of one function are paired in their order."""
    old, new = _by_key(was), _by_key(now)
    rows: list[SiteChange] = []
    for key in dict.fromkeys([*old, *new]):
        left, right = old.get(key, []), new.get(key, [])
        for number in range(max(len(left), len(right))):
            before, after = (side[number] if number < len(side) else None for side in (left, right))
            rows.append(SiteChange(*key[:4], before=_figures(before), after=_figures(after), several=key[4]))
    return tuple(sorted(rows, key=lambda row: -sum(side.requests for side in (row.before, row.after) if side)))


def _by_key(sites: Sequence[SiteResult]) -> Mapping[_Key, list[SiteResult]]:
    found: defaultdict[_Key, list[SiteResult]] = defaultdict(list)
    for site in sorted(sites, key=lambda each: each.line):
        found[site.file, site.function, site.client.name, site.peer, site.peers > 1].append(site)
    return found


def _figures(site: SiteResult | None) -> SiteFigures | None:
    if site is None:
        return None
    return SiteFigures(
        site.line, site.requests, site.per_second, site.wall_us, site.latency_ms, site.failed, site.open
    )  # fmt: skip


def _differences(was: ProgramResult, now: ProgramResult) -> tuple[str, ...]:
    found = [
        f"{name}: {was.packages.get(name, 'not there')} before, {now.packages.get(name, 'not there')} after"
        for name in sorted({*was.packages, *now.packages})
        if was.packages.get(name) != now.packages.get(name)
    ]
    sides = (
        ("Python", *({process.python for process in side.processes} for side in (was, now))),
        ("event loops", *({loop.loop for loop in side.loops} for side in (was, now))),
        ("command", {" ".join(was.command)}, {" ".join(now.command)}),
    )
    found += [
        f"{name}: {', '.join(sorted(left))} before, {', '.join(sorted(right))} after"
        for name, left, right in sides
        if left != right
    ]
    old, new = ({(s.group, s.name): s.value for s in side.environment} for side in (was, now))
    found += [
        f"{key[1]}: {old.get(key, 'unknown')} before, {new.get(key, 'unknown')} after"
        for key in dict.fromkeys([*old, *new])
        if old.get(key) != new.get(key)
    ]
    return tuple(found)


def _cautions(was: ProgramResult, now: ProgramResult) -> tuple[str, ...]:
    found = [
        "Each is one run. They were not interleaved and neither was compared with itself (A/A), so chance, a busier machine "
        "and a slower server look like a change."
    ]
    # While requests were under way: how long a service waited for its load is no load.
    rates = [side.requests / side.in_flight_s if side.in_flight_s else 0.0 for side in (was, now)]
    if min(rates) < (1 - _RATE) * max(rates):
        found.append(
            f"The load differed: {rates[0]:,.1f} and {rates[1]:,.1f} requests a second. Latency, waits and CPU per request "
            "depend on it."
        )
    mixes = [_mix(side) for side in (was, now)]
    moved = [key for key in {*mixes[0], *mixes[1]} if abs(mixes[0].get(key, 0.0) - mixes[1].get(key, 0.0)) > _MIX]
    if moved:
        found.append(
            "The call sites had other shares of the requests, so figures of the whole program compare different work; those "
            "of one call site do not."
        )
    for side, word in ((was, "before"), (now, "after")):
        if side.measured_s < _SHORT_S or side.requests < _FEW:
            found.append(f"The run {word} is short: {side.requests:,} requests in {side.measured_s:.1f} s.")
        found += [f"In the run {word}: {text} That it is new, or gone, may be chance." for text in _close_calls(side)]
        if not side.complete:
            found.append(f"The run {word} was cut short.")
        if side.thinning is not None:
            found.append(f"Detail of the run {word} was thinned: percentiles are right to 9 %.")
    return tuple(found)


def _close_calls(side: ProgramResult) -> list[str]:
    """Findings, and what is none, whose share is so close to the bound between the two that a run decides by chance."""
    below = [notice.text for notice in side.notices if notice.id == CLOSE_ID]
    above = [f"{each.title}, hardly more than makes a finding." for each in side.findings if each.close_to_bound]
    return below + above


def _mix(side: ProgramResult) -> dict[tuple[str, str], float]:
    total = side.requests or 1
    shares: defaultdict[tuple[str, str], float] = defaultdict(float)
    for site in side.call_sites:
        shares[site.file, site.function] += site.requests / total
    return shares
