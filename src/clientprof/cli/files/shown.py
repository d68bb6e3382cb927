"""What a command says of the folder that it wrote: the result for people, its JSON for programs, or only where it is."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from clientprof.cli.files.outcome import RECORDING, REPORT, SUMMARY

if TYPE_CHECKING:
    from rich.console import Console

FILES = {"report": REPORT, "summary": SUMMARY, "recording": RECORDING}


def show_folder(
    folder: Path,
    print_result: "Callable[[Console, dict[str, str]], None]",
    *,
    as_json: bool,
    quiet: bool,
    names: Mapping[str, str] = FILES,
    console: "Console | None" = None,
) -> None:
    """``print_result`` takes the console and the paths of the files, by what they are (``names``). JSON goes to standard
    output, all else to ``console``, by default there too."""
    from clientprof.cli.console.consoles import output_console

    files = {name: str(folder / file) for name, file in names.items()}
    if as_json:
        print((folder / SUMMARY).read_text(encoding="utf-8"), end="")
        return
    console = output_console() if console is None else console
    if quiet:
        for path in files.values():
            console.print(path, highlight=False, soft_wrap=True)
        return
    print_result(console, files)
