"""Requests in time as the page's script gets them: integers in one string, in steps of ten microseconds for long rounds."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

from clientprof.model.layers import Layer
from clientprof.model.ledger.timeline import Timeline, TimelineSpan
from clientprof.model.phases import Phase
from clientprof.report.writing.packed_numbers import packed_numbers
from clientprof.report.writing.palette import LAYER_COLOUR, PHASE_COLOUR, STATE_COLOUR

_FINE_BELOW_US = 200_000


def packed_timelines(timelines: Sequence[Timeline]) -> dict[str, object]:
    """The lines with the names and colours of what they consist of.

    A line in ``lines`` is: number of spans, exchange, connection + 1, error + 1, start; per span twice its phase's place,
    plus 1 where states follow, then running, ready and the rest of its time; and the blame on each of ``layers``. Times are
    in steps of ``unit_us``, cut where a running sum crosses a step, so that sums stay sums.
    """
    unit_us = _unit_us(timelines)
    errors = sorted({line.error for line in timelines if line.error is not None})
    layers = [layer for layer in Layer if any(layer in line.blame for line in timelines)]
    numbers: list[int] = []
    for line in timelines:
        failed = 0 if line.error is None else 1 + errors.index(line.error)
        connection = 0 if line.connection is None else 1 + line.connection
        numbers += (len(line.spans), line.exchange, connection, failed, line.start_us // unit_us)
        for span in line.spans:
            numbers += _packed_span(span, unit_us)
        sums = accumulate((line.blame.get(layer, 0) for layer in layers), initial=0)
        numbers += (until // unit_us - since // unit_us for since, until in pairwise(sums))
    return {
        "phases": [str(phase) for phase in _PHASES],
        "colours": [PHASE_COLOUR[phase] for phase in _PHASES],
        "layers": [[str(layer), LAYER_COLOUR[layer]] for layer in layers],
        "states": [[str(state), colour] for state, colour in STATE_COLOUR.items()],
        "errors": errors,
        "unit_us": unit_us,
        "lines": packed_numbers(numbers),
    }


_PHASES = tuple(Phase)


def _packed_span(span: TimelineSpan, unit_us: int) -> tuple[int, ...]:
    place = 2 * _PHASES.index(span.phase)
    start, end = span.start_us // unit_us, span.end_us // unit_us
    if span.running_us is None or span.ready_us is None:
        return place, end - start
    ran_until = (span.start_us + span.running_us) // unit_us
    ready_until = (span.start_us + span.running_us + span.ready_us) // unit_us
    return place + 1, ran_until - start, ready_until - ran_until, end - ready_until


def _unit_us(timelines: Sequence[Timeline]) -> int:
    """The page shows times in hundredths of a millisecond; only short rounds are kept finer."""
    return 1 if max((line.end_us for line in timelines), default=0) < _FINE_BELOW_US else 10
