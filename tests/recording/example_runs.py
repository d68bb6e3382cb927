"""Small runs and manifests for tests of the recording file."""

import dataclasses
from array import array

from clientprof.model.layers import Layer
from clientprof.model.recording import Manifest
from clientprof.model.run import CallCount, Counter, OriginTruth, Run, RunFacts
from clientprof.model.samples import Boundary, CodeLocation
from clientprof.recording.recording_file import SCHEMA


def example_truth() -> OriginTruth:
    """The origin's account, every number another."""
    return OriginTruth(**{field.name: value for value, field in enumerate(dataclasses.fields(OriginTruth))})


def example_facts(arm: str = "httpx") -> RunFacts:
    """Facts with every field filled in."""
    return RunFacts(
        client="httpx",
        lens="count",
        arm=arm,
        block=2,
        requests_per_round=64,
        complete=True,
        client_version="0.28.1",
        loop="asyncio selector",
        python="3.11.7",
        packages={"httpx": "0.28.1", "h11": "0.16.0"},
        boundaries=(Boundary("httpx._client", "AsyncClient.send", Layer.API, True, "httpx/_client.py", 1604),),
        module_layers={"httpx": "api"},
        codes=(CodeLocation("httpx._client", "AsyncClient.send", "httpx/_client.py", 1604, "package"),),
        error_types=("WrongStatus",),
        error_texts=("status 500 instead of 200",),
        calls=(CallCount("httpx/_client.py", 1604, "AsyncClient.send", 128),),
        counters=(Counter("pool_passes", 256, 128, "passes", 2.0), Counter("timers", 3, 128, "timers")),
        interval_us=1500.0,
        notes=("probe removed: sampler: OSError",),
        failure="cut short",
        origin_cold=example_truth(),
        origin=example_truth(),
    )


def example_run(arm: str = "httpx") -> Run:
    """A run of two columns."""
    columns = {"exchange.started_ns": array("q", [1, -2, 2**62]), "round.kind": array("q", [2])}
    return Run(example_facts(arm), columns)


def example_manifest() -> Manifest:
    """A manifest with every field filled in."""
    return Manifest(
        schema=SCHEMA,
        created="2026-01-01 00:00:00 UTC",
        command=("clientprof", "trace"),
        seed=7,
        complete=True,
        tool_version="0.1.0",
        baseline=None,
        clients=("httpx",),
        environment=(("interpreter", "python", "3.11.7"),),
        workload=(("workload", "scenario", "c64/1k"),),
        notices=(("errors", "1 failed", "look"),),
    )
