"""Where results go: the options that every measuring command has."""

import argparse
from pathlib import Path


def add_output_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the results go, and what is printed of them."""
    add_folder_argument(parser)
    parser.add_argument(
        "--json", action="store_true", help="print the summary as JSON, and nothing else, on standard output"
    )
    add_quiet_argument(parser)


def add_folder_argument(parser: argparse.ArgumentParser) -> None:
    """Where the files go."""
    parser.add_argument(
        "--out", type=Path, default=Path("reports"), metavar="DIR", help="folder for results (default: reports/)"
    )


def add_quiet_argument(parser: argparse.ArgumentParser) -> None:
    """That nothing else is printed."""
    parser.add_argument("--quiet", action="store_true", help="print only where the files are")
