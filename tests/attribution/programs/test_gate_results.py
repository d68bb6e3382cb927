"""Looks at where a program's threads and tasks wait, put together by place."""

from dataclasses import replace

from clientprof.attribution.programs.program_result import program_result
from clientprof.model.programs.lane import GATE_LOOK
from clientprof.model.programs.recording import Gate
from programs_by_hand import BEGUN, MS, Made, Program
from recordings import columns


def test_a_pool_that_gets_its_threads_one_by_one_is_one_place_with_all_of_them() -> None:
    made = Program([Made(0, 1000)], end=1000).recording()
    pool = Gate("app.py", 3, "fetch", "a thread", threads=1)
    gates = (pool, replace(pool, threads=4), Gate("app.py", 9, "asks", "threading.Semaphore"))
    looks = [
        (at, gate, count)
        for at, found in ((100, ((0, 30),)), (200, ((1, 20), (2, 6))), (300, ((1, 10),)), (400, ()))
        for gate, count in ((GATE_LOOK, 4), *found)
    ]
    (run,) = made.runs
    rows = columns("gate", ("at_ns", "gate", "tasks"), [(BEGUN + at * MS, *row) for at, *row in looks])
    assert made.manifest.program is not None
    facts = replace(made.manifest.program, gates=gates)
    recording = replace(
        made, manifest=replace(made.manifest, program=facts), runs=(replace(run, columns={**run.columns, **rows}),)
    )
    found = {(row.gate.function, row.gate.threads): row for row in program_result(recording).gates}
    assert {place: (row.tasks, row.most, row.looks, row.all_looks, row.left) for place, row in found.items()} == {
        ("fetch", 4): (15.0, 30, 3, 4, 30),
        ("asks", 0): (1.5, 6, 1, 4, 6),
    }
