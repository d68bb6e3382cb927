"""How many warm rounds a worker runs, driven by hand with the CPU of each round known."""

import pytest

from clientprof.clients import CLIENTS
from clientprof.model.run import RoundKind
from clientprof.recording.recorder import Recorder
from clientprof.workload.lenses.control_lens import ControlLens
from clientprof.workload.sequence import Round, options_of, sequence
from small_load import settings_for


class Unheard:
    """A parent that lets everything pass."""

    def tell(self, event: str, **values: object) -> None:
        pass

    def ask(self, event: str) -> None:
        pass


def warm_rounds(lens: str, cpu_s: float, round_cpu_s: float) -> int:
    settings = settings_for(None, lens=lens, min_cpu_s=cpu_s, max_rounds=100)
    instruments = ControlLens(settings, CLIENTS["httpx"](), Recorder())
    operations = sequence(settings, options_of(settings), instruments, Unheard())
    answer = None
    while True:
        try:
            operation = next(operations) if answer is None else operations.send(answer)
        except StopIteration as end:
            return int(end.value)
        warm = isinstance(operation, Round) and operation.kind is RoundKind.MEASURED
        answer = round(round_cpu_s * 1e9) if warm else 0


@pytest.mark.parametrize(
    ("round_cpu_s", "sampled", "control"),
    [(0.96, 2, 3), (0.75, 3, 3), (1.2, 2, 2), (1.4, 1, 2), (5.0, 1, 1), (0.05, 40, 40), (0.3, 7, 7)],
)
def test_samples_are_taken_for_the_whole_rounds_nearest_to_the_cpu_wanted(
    round_cpu_s: float, sampled: int, control: int
) -> None:
    assert warm_rounds("sample", 2.0, round_cpu_s) == sampled
    assert warm_rounds("control", 2.0, round_cpu_s) == control
