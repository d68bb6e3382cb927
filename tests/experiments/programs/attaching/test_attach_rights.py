"""Whoever attaches to another user's process as root lends nobody root's rights."""

import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from clientprof.experiments.programs.attaching import attachment, remote
from clientprof.experiments.programs.attaching.attachment import Attachment
from clientprof.experiments.programs.attaching.remote import Remote
from clientprof.experiments.programs.attaching.target import Target
from clientprof.experiments.programs.measurement import Limits

NOBODY = 65534
ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to lend")


@ROOT
def test_only_the_process_s_user_can_write_where_its_scripts_are(monkeypatch: pytest.MonkeyPatch) -> None:
    target = Target(os.getpid(), (3, 14), ("app.py",), NOBODY, NOBODY)
    monkeypatch.setattr(attachment, "look_at", lambda _pid: target)
    with Attachment(os.getpid(), Limits(0.0, 1.0, None, 1_000_000), print) as made:
        found = made.measurement.folder.stat()
        assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (NOBODY, 0o700)
    assert not made.measurement.folder.exists()


@ROOT
def test_another_user_s_interpreter_runs_with_that_user_s_rights(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[dict[str, Any]] = []

    def run(_command: Any, **options: Any) -> "subprocess.CompletedProcess[str]":
        given.append(options)
        return subprocess.CompletedProcess([], 0, "", "")

    monkeypatch.setattr(remote.subprocess, "run", run)
    for user in (NOBODY, 0):
        Remote(Target(os.getpid(), (3, 99), (), user, user)).run(Path("script.py"))
    assert [options.get("user") for options in given] == [NOBODY, None]
