"""A program that watches itself under ``clientprof run``: each counts for itself, and neither sees the other."""

from pathlib import Path

from clientprof.origin.process import OriginProcess
from measured import measured, plain


def test_a_block_and_a_recording_count_beside_each_other(origin: OriginProcess, tmp_path: Path) -> None:
    url = f"{origin.ready.base_url}/1k"
    alone, watched = plain("observing/watches_itself.py", url), measured(tmp_path, "observing/watches_itself.py", url)
    assert alone.output.splitlines() == [b"4 0 0 ()", b"6 5 ()"]
    assert (watched.code, watched.output, watched.errors) == (0, alone.output, alone.errors)
    assert watched.requests == 1 + 6 + 1
    assert watched.recording is not None
    assert watched.recording.manifest.program is not None
    assert [process.removed for process in watched.recording.manifest.program.processes] == [()]
