"""Results of one comparison, or of one matrix, that several clusters measured: their blocks together, as one result.

A ratio holds nothing of when and where its block was measured, so blocks of the same arms under the same load can stand side
by side wherever they are from. The machines stay a factor of the statistics: each block keeps its host.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from clientprof.attribution.costs.against_baseline import blocks_of
from clientprof.attribution.differences.comparability import incompatibilities, subject_of
from clientprof.model.differences.stopping import Stopping
from clientprof.model.recording import HOSTS, Manifest, Recording, RecordingKind
from clientprof.model.run import Run
from clientprof.stats.verdicts import ratio_of

_KINDS = (RecordingKind.COMPARISON, RecordingKind.MATRIX)


class NotAlike(ValueError):
    """Results that cannot be put together. One sentence."""


def joined(recordings: Sequence[Recording]) -> Recording:
    """All blocks, those of the first recording first; what they were asked and how they ended is the first's.

    Raises:
        NotAlike: they are not of the same arms under the same load, have blocks without a host, or are the same blocks.
    """
    _check(recordings)
    runs: list[Run] = []
    for recording in recordings:
        before = 1 + max((run.facts.block for run in runs), default=-1)
        runs += [Run(replace(run.facts, block=before + run.facts.block), run.columns) for run in recording.runs]
    first = recordings[0].manifest
    manifests = [recording.manifest for recording in recordings]
    blocks = len({run.facts.block for run in runs if run.facts.lens == "control"})
    manifest = replace(
        first,
        complete=all(each.complete for each in manifests),
        environment=_environment(manifests),
        workload=tuple(_workload(first, blocks, len(manifests))),
        notices=tuple(dict.fromkeys(notice for each in manifests for notice in each.notices)),
        stopping=_stopping(manifests, runs, blocks),
    )
    return Recording(manifest, tuple(runs))


def _check(recordings: Sequence[Recording]) -> None:
    for recording in recordings:
        manifest = recording.manifest
        if manifest.kind not in _KINDS:
            raise NotAlike(f"only results of compare and matrix can be put together, and this is a {manifest.kind}")
        if not all(run.facts.host for run in recording.runs if run.facts.lens == "control"):
            raise NotAlike("blocks are put together by host, and these do not say theirs; measure them with --cluster")
    for one, other in pairwise(recordings):
        for what, was, now in (
            ("kinds", one.manifest.kind, other.manifest.kind),
            ("clients", sorted(one.manifest.clients), sorted(other.manifest.clients)),
            ("baselines", one.manifest.baseline, other.manifest.baseline),
            ("cells", one.manifest.cells, other.manifest.cells),
            ("versions", _versions(one), _versions(other)),
        ):
            if was != now:
                raise NotAlike(f"their {what} differ: {_text(was)} and {_text(now)}")
        for client in one.manifest.clients:
            differences = incompatibilities([subject_of(one, client), subject_of(other, client)])
            if differences:
                raise NotAlike(differences[0])
    begun = [begin for recording in recordings for begin in _beginnings(recording)]
    if len(set(begun)) < len(begun):
        raise NotAlike("some of their blocks are the same ones, and would count twice")


def _versions(recording: Recording) -> list[tuple[str, str, str]]:
    """Each client with its version and Python."""
    return sorted({(run.facts.client, run.facts.client_version, run.facts.python) for run in recording.runs})


def _beginnings(recording: Recording) -> Iterator[tuple[str, str, int]]:
    """What no two control runs have in common: host, arm, and the first instant by the host's clock."""
    for run in recording.runs:
        if run.facts.lens == "control" and run.length("round.started_ns"):
            yield run.facts.host, run.facts.arm, run.rows("round.started_ns", 0, 1)[0]


def _text(value: object) -> str:
    if not isinstance(value, (list, tuple)):
        return str(value)
    return ", ".join(" ".join(map(str, each)) if isinstance(each, tuple) else str(each) for each in value)


def _environment(manifests: Sequence[Manifest]) -> tuple[tuple[str, str, str], ...]:
    """The first's, with the hosts of all."""
    rows = [row for row in manifests[0].environment if row[0] != HOSTS]
    hosts = {row[1]: row for each in manifests for row in each.environment if row[0] == HOSTS}
    return (*rows, *(hosts[name] for name in sorted(hosts)))


def _workload(first: Manifest, blocks: int, results: int) -> Iterator[tuple[str, str, str]]:
    for group, name, value in first.workload:
        yield group, name, f"{blocks} in lock-step, of {results} results" if name == "blocks" else value


def _stopping(manifests: Sequence[Manifest], runs: Sequence[Run], blocks: int) -> Stopping | None:
    first = manifests[0].stopping
    if first is None:
        return None
    seconds = [each.stopping.seconds for each in manifests if each.stopping is not None and each.stopping.seconds]
    control = [run for run in runs if run.facts.lens == "control"]
    baseline = manifests[0].baseline or ""
    widths: list[float] = []
    for client in manifests[0].clients:
        found = blocks_of(control, client, baseline, "cpu_us_per_request") if client != baseline else []
        ratio = ratio_of(found) if found else None
        if ratio is not None and ratio.log_half_width is not None:
            widths.append(ratio.log_half_width)
    return replace(
        first,
        reason=f"{len(manifests)} results put together, each ended by itself",
        blocks=blocks,
        most_blocks=None,
        half_width=max(widths, default=None),
        seconds=sum(seconds) if seconds else None,
        verdict_seconds=None,
        looks=(),
    )
