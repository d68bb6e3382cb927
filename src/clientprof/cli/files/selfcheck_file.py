"""The result of a self-check, read back to be shown in a report."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clientprof.model.results import SelfCheck

SCHEMA = "clientprof.selfcheck/1"


def add_selfcheck_argument(parser: argparse.ArgumentParser) -> None:
    """``--selfcheck FILE``, for every command that writes a report."""
    text = "what `clientprof selfcheck --json` printed on this machine; shown in the report with its date"
    parser.add_argument("--selfcheck", type=read_selfcheck, metavar="FILE", help=text)


def read_selfcheck(path: str) -> "SelfCheck":
    """The self-check in the file, as an argument's type.

    Raises:
        argparse.ArgumentTypeError: no such file, or not the output of ``clientprof selfcheck --json``.
    """
    from clientprof.model.results import SelfCheck, SelfCheckRow  # takes half of the time of `--help`

    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        if content["schema"] != SCHEMA:
            raise ValueError(content["schema"])
        rows = tuple(
            SelfCheckRow(
                name=str(row["name"]),
                error=None if row["error"] is None else float(row["error"]),
                tolerance=float(row["tolerance"]),
                unit=str(row["unit"]),
                verdict=str(row["verdict"]),
            )
            for row in content["results"]
        )
        return SelfCheck(date=str(content["date"]), verdict=str(content["verdict"]), rows=rows)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{path}: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError):
        text = f"{path} is not what `clientprof selfcheck --json` prints; run it again and keep its output"
        raise argparse.ArgumentTypeError(text) from None
