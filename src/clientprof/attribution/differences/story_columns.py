"""The figures that named scenarios are told in: one small function each, over everything known of one client."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from clientprof.attribution.costs.headline import rounds_of
from clientprof.model.phases import Phase
from clientprof.model.recording import Recording
from clientprof.model.results import ClientResult, TraceResult
from clientprof.model.run import RoundKind
from clientprof.model.story import StoryColumn, StoryRow


@dataclass(frozen=True, slots=True)
class Told:
    """One client of a scenario: its result, the baseline's (None without), and the recording."""

    client: ClientResult
    baseline: ClientResult | None
    recording: Recording


Value = Callable[[Told], float | None]
Column = tuple[StoryColumn, Value]


def rows_of(result: TraceResult, recording: Recording, columns: Sequence[Column]) -> tuple[StoryRow, ...]:
    """A row per client, in the recording's order."""
    base = next((c for c in result.clients if c.name == recording.manifest.baseline), None)
    return tuple(
        StoryRow(client.name, tuple(value(Told(client, base, recording)) for _, value in columns))
        for client in result.clients
    )


def wall_s(told: Told) -> float | None:
    """Mean wall time of a warm round."""
    return None if told.client.control is None else told.client.control.wall_s.value


def cpu_us(told: Told) -> float | None:
    return None if told.client.control is None else told.client.control.cpu_us_per_request.value


def wall_ratio(told: Told) -> float | None:
    """Wall time of a round over the baseline's."""
    return _over(wall_s(told), told.baseline, lambda c: c.wall_s.value)


def cpu_ratio(told: Told) -> float | None:
    """CPU per request over the baseline's."""
    return _over(cpu_us(told), told.baseline, lambda c: c.cpu_us_per_request.value)


def p50_ms(told: Told) -> float | None:
    return None if told.client.control is None else told.client.control.latency_ms.p50


def p99_ms(told: Told) -> float | None:
    return None if told.client.control is None else told.client.control.latency_ms.p99


def failed(told: Told) -> float | None:
    """Failed requests over all control rounds, cold ones included."""
    control, cold = told.client.control, told.client.cold
    if control is None:
        return None
    return float(sum(control.errors.values()) + (sum(cold.errors.values()) if cold is not None else 0))


def cold_s(told: Told) -> float | None:
    """Wall time of the first round of a new client."""
    walls = _walls(told, RoundKind.COLD)
    return float(np.mean([wall for run in walls for wall in run])) if walls else None


def round_s(ordinal: int) -> Value:
    """Wall time of the warm round of that ordinal (0 for the first warm one), mean over the control runs."""

    def value(told: Told) -> float | None:
        walls = [run[ordinal] for run in _walls(told, RoundKind.MEASURED) if len(run) > ordinal]
        return float(np.mean(walls)) if walls else None

    return value


def counted(name: str) -> Value:
    """A counter by its name in the summary."""

    def value(told: Told) -> float | None:
        return next((row.value for row in told.client.counters if row.name == name), None)

    return value


ACCEPTED = "connections_accepted_per_1000_requests"
CLOSED_BY_CLIENT = "connections_closed_by_client_per_1000_requests"
CONNECTIONS_OPENED: Column = (StoryColumn("connections opened/1000", places=0), counted(ACCEPTED))


def phase_ms(phase: Phase) -> Value:
    """Mean wall time that a request spends in the phase."""

    def value(told: Told) -> float | None:
        ledger = told.client.ledger
        if ledger is None:
            return None
        return next((row.wall_us / 1000 for row in ledger.phases if row.phase is phase), None)

    return value


def _walls(told: Told, kind: RoundKind) -> list[list[float]]:
    """Wall seconds by control run and round."""
    found: list[list[float]] = []
    for run in told.recording.of(told.client.name, "control"):
        mask = rounds_of(run, kind)
        started, ended = (np.asarray(run.column(f"round.{end}_ns"), dtype=np.int64) for end in ("started", "ended"))
        if mask.any():
            found.append([float(wall) / 1e9 for wall in (ended - started)[mask]])
    return found


def _over(value: float | None, baseline: ClientResult | None, of: Callable[..., float]) -> float | None:
    if value is None or baseline is None or baseline.control is None:
        return None
    base = of(baseline.control)
    return value / base if base > 0 else None
