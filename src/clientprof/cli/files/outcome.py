"""From what was measured to the files and the terminal: the same end for every measuring command."""

import argparse
import errno
import json
import re
import secrets
import shlex
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from clientprof.cli import CommandError
from clientprof.cli.console.ended import exit_code, nothing_measured
from clientprof.cli.files.page_file import write_page
from clientprof.model.recording import Recording
from clientprof.model.results import SelfCheck, TraceResult
from clientprof.recording.recording_file import save_recording

if TYPE_CHECKING:
    from clientprof.cli.console.progress import TraceProgress
    from clientprof.experiments.traces.trace_run import TraceOutcome

T = TypeVar("T")
RECORDING = "recording.clientprof"
SUMMARY = "summary.json"
REPORT = "report.html"


def finish(
    outcome: "TraceOutcome", out: Path, label: str, arguments: argparse.Namespace, progress: "TraceProgress"
) -> int:
    """Write the files, print the result, and return the exit code."""
    if outcome.recording is None:
        raise nothing_measured(outcome)
    progress.say("analysing")
    folder, result = write_results(outcome.recording, out, label, arguments.selfcheck)
    show(result, folder, as_json=arguments.json, quiet=arguments.quiet, progress=progress)
    return exit_code(outcome)


def write_results(recording: Recording, out: Path, label: str, selfcheck: SelfCheck | None) -> tuple[Path, TraceResult]:
    """Write recording, summary and report into a new folder under ``out``; it appears when all three are whole.

    Returns the folder and the result that was written.

    Raises:
        CommandError: the folder cannot be written.
    """
    clients = map(plain_name, recording.manifest.clients)
    name = f"{stamp_of(recording)}-{'-vs-'.join(clients)}-{label.replace('/', '-')}"

    def views(folder: Path) -> TraceResult:
        from clientprof.attribution.trace_result import trace_result
        from clientprof.report.exporters.summaries.summary import to_summary
        from clientprof.report.pages.trace_page import render

        result = replace(trace_result(recording), selfcheck=selfcheck)
        write_summary_and_page(folder, to_summary(result), render(result))
        return result

    return write_recorded(recording, out, name, views)


def write_summary_and_page(folder: Path, summary: object, page: str) -> None:
    """What programs read of a result, and what people read.

    Raises:
        ValueError: the summary holds a number that JSON does not know.
        OSError: a file cannot be written.
    """
    (folder / SUMMARY).write_text(json.dumps(summary, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    write_page(folder / REPORT, page)


def stamp_of(recording: Recording) -> str:
    """When the recording was made, as folders begin: ``20261120181135``."""
    return re.sub(r"\D", "", recording.manifest.created)[:14]


def plain_name(text: str) -> str:
    """A client's or a load's name as a part of a file's name: ``httpx-0.28.1-sniffio``."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-")


def write_recorded(recording: Recording, out: Path, name: str, views: Callable[[Path], T]) -> tuple[Path, T]:
    """A new folder with the recording and what ``views`` writes beside it; returns it and what ``views`` returned.

    What was only just measured is kept if the rest fails or is interrupted, which is said on standard error.

    Raises:
        CommandError: the folder cannot be written.
    """

    def write(folder: Path) -> T:
        # Beside the analysis: to compress takes a second core, which is idle by now.
        with ThreadPoolExecutor(1) as thread:
            saved = thread.submit(save_recording, folder / RECORDING, recording)
            try:
                return views(folder)
            finally:
                saved.result()

    return write_folder(out, name, write, kept=RECORDING if recording.file is None else None)


def write_folder(out: Path, name: str, write: Callable[[Path], T], kept: str | None = None) -> tuple[Path, T]:
    """A new folder of that name under ``out``, numbered if there is one; it appears when ``write`` has filled it.

    Where ``write`` fails but has written the file ``kept``, the folder appears with what it has. Returns the folder and what
    ``write`` returned.

    Raises:
        CommandError: the folder cannot be written.
    """
    partial = out / f".{name}.{secrets.token_hex(4)}.partial"  # its own: another command may write one of the same name
    try:
        partial.mkdir()
    except OSError as error:
        raise _cannot_write(out, error) from error
    try:
        try:
            written = write(partial)
        except BaseException:
            if kept is not None and (partial / kept).is_file():
                again = shlex.join(["clientprof", "report", str(_placed(partial, out, name) / kept)])
                print(f"clientprof: what was measured is kept; `{again}` makes the rest", file=sys.stderr)
            raise
        return _placed(partial, out, name), written
    except OSError as error:
        raise _cannot_write(out, error) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _placed(partial: Path, out: Path, name: str) -> Path:
    """The folder under its name, or under the next number of it that nobody has taken, meanwhile either."""
    for number in range(1, 1000):
        folder = out / (name if number == 1 else f"{name}-{number}")
        if not folder.exists():
            try:
                return partial.rename(folder)
            except OSError as error:
                if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                    raise
    raise FileExistsError(errno.EEXIST, "a thousand folders have that name", str(out / name))


def _cannot_write(out: Path, error: OSError) -> CommandError:
    return CommandError(f"cannot write the results to {out}: {error.strerror or error}")


def show(result: TraceResult, folder: Path, *, as_json: bool, quiet: bool, progress: "TraceProgress | None") -> None:
    """Print the result for people, or its JSON for programs."""
    from clientprof.cli.console.consoles import output_console

    files = {"report": REPORT, "summary": SUMMARY, "recording": RECORDING}
    if progress is not None:
        progress.__exit__(None, None, None)
    if as_json:
        print((folder / SUMMARY).read_text(encoding="utf-8"), end="")
        return
    console = output_console()
    if quiet:
        for name in files.values():
            console.print(str(folder / name), highlight=False, soft_wrap=True)
        return
    from clientprof.report.terminal import print_result

    print_result(replace(result, files={name: str(folder / file) for name, file in files.items()}), console)
