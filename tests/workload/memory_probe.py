"""Run as a program: 11,000 requests of aiohttp under the ledger lens; prints how memory and recording grew over 10,000."""

import gc
import json
import os
import sys

from clientprof.clients import CLIENTS
from clientprof.clients.adapter import ClientOptions
from clientprof.model.run import RoundKind
from clientprof.recording.recorder import Recorder
from clientprof.workload.drivers.runtimes import driver_for
from clientprof.workload.lenses.async_lenses import LedgerLens
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.requests import requests_of
from clientprof.workload.rounds import Rounds
from clientprof.workload.sequence import Close, Open, Operations, Round
from clientprof.workload.settings import WorkerSettings

AT_ONCE = 100


def resident_bytes() -> int:
    """What the process holds in memory now."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def recorded_bytes(recorder: Recorder) -> int:
    """What the recorder's columns hold, at 8 bytes a value."""
    return sum(8 * len(column) for column in recorder.columns().values())


def run(recorder: Recorder, growth: list[int]) -> Operations:
    """Appends the growth of memory and of the recording over 10,000 requests, after 1,000 to settle."""
    yield Open(ClientOptions())
    for _ in range(10):
        yield Round(AT_ONCE, RoundKind.MEASURED)
    gc.collect()
    memory, recorded = resident_bytes(), recorded_bytes(recorder)
    for _ in range(100):
        yield Round(AT_ONCE, RoundKind.MEASURED)
    gc.collect()
    growth += resident_bytes() - memory, recorded_bytes(recorder) - recorded
    yield Close()
    return 110


def main(url: str) -> None:
    settings = WorkerSettings(
        client="aiohttp", adapter="aiohttp", lens="ledger", arm="aiohttp", block=0,
        urls=(url,), scenario=Scenario(AT_ONCE), cold=False, opening=1, ca_file=None, expected_status=200,
        expected_bytes=1024, rounds=1, max_rounds=1, min_cpu_s=0.0, max_seconds=1.0,
        seed=1, cpu=None, interval_us=3000.0, output="",
    )  # fmt: skip
    recorder = Recorder()
    adapter = CLIENTS["aiohttp"]()
    lens = LedgerLens(settings, adapter, recorder)
    lens.install()
    rounds = Rounds(
        recorder, requests_of(settings), 200, 1024, stamp_header=None, parse_stamps=lambda text: None,
        on_begin=lens.begin, on_end=lens.end,
    )  # fmt: skip
    growth: list[int] = []
    driver_for(adapter, rounds, settings.scenario, lens).drive(run(recorder, growth))
    memory, recorded = growth
    lens.uninstall()
    print(json.dumps({"memory_bytes": memory, "recorded_bytes": recorded}))


if __name__ == "__main__":
    main(sys.argv[1])
