"""``clientprof compare A.clientprof B.clientprof``: two recordings of the same program beside each other."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from clientprof.cli import CommandError

SUFFIX = ".clientprof"


def are_recordings(names: Sequence[str]) -> bool:
    """Whether one of the arguments names a file instead of a client."""
    return any(name.endswith(SUFFIX) for name in names)


def compare_recordings(arguments: argparse.Namespace) -> int:
    """Print what changed from the first to the second.

    Raises:
        CommandError: they cannot be read, or are not two recordings of one program.
    """
    if len(arguments.clients) != 2:
        raise CommandError("name two recordings of the same program, the earlier one first", code=2)

    from clientprof.cli.files.recordings import open_recording
    from clientprof.model.recording import RecordingKind

    before, after = (open_recording(Path(name)) for name in arguments.clients)
    for name, recording in zip(arguments.clients, (before, after), strict=True):
        if recording.manifest.kind is not RecordingKind.PROGRAM:
            raise CommandError(
                f"{name} is not the recording of a program (clientprof run); clients are compared by name"
            )

    from clientprof.attribution.programs.program_changes import program_changes
    from clientprof.cli.console.consoles import output_console
    from clientprof.report.exporters.summaries.program_changes_summary import to_program_changes
    from clientprof.report.terminal.programs.program_changes import print_program_changes

    try:
        changes = program_changes(before, after)
    except ValueError as error:
        raise CommandError(str(error)) from None
    if arguments.json:
        print(json.dumps(to_program_changes(changes), indent=1, allow_nan=False))
    else:
        print_program_changes(changes, output_console())
    return 0
