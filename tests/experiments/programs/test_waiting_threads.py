"""What waits in real programs of threads to make its request is told, with how many and for what."""

from pathlib import Path

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.programs.results import Limit
from clientprof.origin.process import OriginProcess
from measured import measured

POOL = "calls wait for one of 2 threads, most of which are in `{}` (waiting_threads.py:"
QUEUE = (
    "items wait in `queue.Queue` for one of 2 threads, in `few_take_from_a_queue.<locals>.takes` (waiting_threads.py:"
)
SEMAPHORE = "threads wait for `threading.Semaphore` in `few_pass_a_semaphore.<locals>.asks` (waiting_threads.py:"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("few_in_a_pool", POOL.format("few_in_a_pool.<locals>.fetch")),
        ("few_have_a_client_s_calls", POOL.format("few_have_a_client_s_calls")),
        ("few_beside_a_loop", POOL.format("few_beside_a_loop.<locals>.fetch")),
        ("few_take_from_a_queue", QUEUE),
        ("few_pass_a_semaphore", SEMAPHORE),
    ],
)
def test_what_waits_for_few_threads_is_told(tmp_path: Path, origin: OriginProcess, fault: str, said: str) -> None:
    ended = measured(tmp_path, "waiting_threads.py", fault, f"{origin.ready.base_url}/1k")
    assert ended.code == 0, ended.errors
    assert ended.recording is not None
    result = program_result(ended.recording)
    assert result.answer.limit is Limit.SERVER
    assert said in result.answer.sentence
    row, *others = result.gates
    assert not others, others
    # From looks every half second at what goes down evenly for four seconds.
    assert row.tasks == pytest.approx(float(ended.output), rel=0.3)
