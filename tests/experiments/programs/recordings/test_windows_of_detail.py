"""A busy program: every exchange is counted once, and detail is of those that lived in one window."""

from pathlib import Path

from measured import measured


def test_a_busy_programs_calls_are_all_counted_though_few_are_recorded_in_detail(tmp_path: Path) -> None:
    ended = measured(tmp_path, "busy.py", "2")
    assert ended.code == 0
    made = int(ended.output)
    assert ended.requests == made
    assert ended.recording is not None
    loop = next(run for run in ended.recording.runs if run.column("exchange.started_ns"))
    assert loop.facts.program is not None
    kept = sum(at > 0 for at in loop.column("exchange.ended_ns"))
    assert 0 < kept < made
    assert loop.facts.program.detail_lost == made - kept
    assert not [process.removed for process in ended.recording.manifest.program.processes if process.removed]  # type: ignore[union-attr]


def test_with_detail_always_nothing_is_left_out(tmp_path: Path) -> None:
    ended = measured(tmp_path, "busy.py", "1", options=("--detail", "always"))
    assert ended.recording is not None
    loop = next(run for run in ended.recording.runs if run.column("exchange.started_ns"))
    assert len(loop.column("exchange.started_ns")) == ended.requests == int(ended.output)
    assert loop.facts.program is not None
    assert loop.facts.program.detail_lost == 0
