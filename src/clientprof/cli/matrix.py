"""``clientprof matrix``: versions by Pythons by loads, all measured against one another."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from clientprof.cli import CommandError
from clientprof.cli.arguments.arms import check_pythons, parse_clients, prepared
from clientprof.cli.arguments.cluster_arguments import add_cluster_argument, place_of, subjects_elsewhere
from clientprof.cli.arguments.output_arguments import add_output_arguments
from clientprof.cli.compare import (
    add_block_arguments,
    check_block_arguments,
    half_width_of,
)

if TYPE_CHECKING:
    from clientprof.cli.files.growing_folder import GrowingFolder
    from clientprof.experiments.differences.compare_run import CompareOutcome
    from clientprof.experiments.environments.client_specs import PythonAsked
    from clientprof.experiments.matrices.matrix_cells import CellAsked
    from clientprof.model.differences.matrix import MatrixResult
    from clientprof.workload.load.scenario import Scenario

HELP = """Measure every client (or version) in every Python under every load. For each
cell, show the CPU per request and its ratio to the first cell.

All cells take turns in blocks of fresh processes until the intervals are narrow
enough, or until the maximum of blocks or of time is reached; the result says
which. The first cell is also measured against itself (A/A). Under another load
than the first cell's there is a ratio and no verdict.

Exit codes: 0 done, 1 failed (also if a request failed), 2 wrong usage,
130 interrupted."""

EXAMPLES = """examples:
  clientprof matrix httpx2==2.3.0 httpx2==2.15.1 --python 3.11 --python 3.12 --scenario c64/1k
  clientprof matrix httpx aiohttp --scenario c16/1k --scenario c256/1k --max-time 120
  clientprof matrix httpx==0.27.2 httpx==0.28.1 --quick --json > matrix.json
  clientprof matrix httpx aiohttp --scenario c64/1k --resume reports/RUN
  clientprof matrix httpx aiohttp --python 3.11 --python 3.12 --cluster tcp://127.0.0.1:8786"""

COMMON = ("--python", "--scenario", "--blocks", "--max-time", "--quick", "--cluster", "--resume", "--out",
          "--json", "--quiet")  # fmt: skip
DEFAULT_LOAD = "c64/1k"
# A process each, all alive at once.
MOST_CELLS = 48


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "clients", nargs="+", metavar="CLIENT", help="httpx, httpx==0.27.2, httpx+sniffio, httpx@py3.14"
    )
    parser.add_argument(
        "--python", action="append", default=[], metavar="X.Y",
        help="measure every client in this Python, a version or a path; may be repeated (default: the running one)",
    )  # fmt: skip
    parser.add_argument(
        "--scenario", action="append", default=[], metavar="LABEL",
        help=f"a load such as c512/1k/tls; may be repeated (default: {DEFAULT_LOAD})",
    )  # fmt: skip
    add_block_arguments(parser)
    parser.add_argument("--quick", action="store_true", help="a first look: 5 short blocks, rough figures")
    add_cluster_argument(parser)
    parser.add_argument("--resume", type=Path, metavar="FOLDER", help="continue a matrix that was cut short")
    add_output_arguments(parser)


def run(arguments: argparse.Namespace, command: tuple[str, ...]) -> int:
    from clientprof.cli.arguments.before_measuring import check_descriptors, public_command, writable

    check_block_arguments(arguments)
    cells = asked_cells(arguments)
    for load in dict.fromkeys(each.load for each in cells):
        check_descriptors(load.concurrency, load.hosts, load.limit)
    specs = [each.spec for each in cells]
    if arguments.cluster is None:
        check_pythons(specs, None)
    out = writable(arguments.out)

    from clientprof.cli.console.compare_table import LiveTable
    from clientprof.cli.files.matrix_files import load_earlier, matrix_folder
    from clientprof.experiments.differences.compare_plan import QUICK_BLOCKS, ComparePlan
    from clientprof.experiments.matrices.matrix_cells import subjects_of
    from clientprof.experiments.matrices.matrix_run import run_matrix
    from clientprof.model.recording import RecordingKind

    found = subjects_elsewhere(specs) if arguments.cluster else prepared(specs, None, quiet=arguments.quiet)
    subjects = subjects_of(cells, found)
    plan = ComparePlan(
        subjects=subjects,
        baseline=subjects[0].label,
        scenario=cells[0].load,
        blocks=arguments.blocks or (QUICK_BLOCKS if arguments.quick else None),
        max_seconds=arguments.max_time,
        half_width=half_width_of(arguments),
        seed=arguments.seed,
        quick=arguments.quick,
        lenses=False,
        command=public_command(command),
        kind=RecordingKind.MATRIX,
        cells=tuple(each.cell for each in cells),
    )
    earlier = None if arguments.resume is None else load_earlier(arguments.resume, plan)
    folder = matrix_folder(out, plan, arguments.resume)
    with (
        place_of(arguments.cluster, specs, None, quiet=arguments.quiet) as place,
        LiveTable(enabled=not arguments.quiet, brief=True) as table,
    ):
        outcome = run_matrix(plan, table.watch, folder.save, earlier, place)
    return _finish(outcome, folder, arguments)


def _finish(outcome: "CompareOutcome", folder: "GrowingFolder[MatrixResult]", arguments: argparse.Namespace) -> int:
    from clientprof.cli.console.ended import exit_code, kept_in, nothing_measured
    from clientprof.cli.files.matrix_files import show_matrix

    if outcome.recording is None:
        before = "a block was measured"
        raise nothing_measured(outcome, before, f"the most time allowed was used up before {before}")
    result = folder.finish(outcome.recording)
    show_matrix(result, folder.path, as_json=arguments.json, quiet=arguments.quiet)
    return exit_code(outcome, kept_in(folder.path))


def asked_cells(arguments: argparse.Namespace) -> "tuple[CellAsked, ...]":
    """The cells that the command line asks for.

    Raises:
        CommandError: fewer than two or too many, or one that cannot be.
    """
    from clientprof.cli.compare import check_feasible
    from clientprof.experiments.matrices.matrix_cells import cells_of

    loads = tuple(dict.fromkeys(_load(label) for label in arguments.scenario or [DEFAULT_LOAD]))
    specs = parse_clients(arguments.clients)
    for load in loads:
        check_feasible(specs, load)
    try:
        cells = cells_of(specs, tuple(dict.fromkeys(map(_python, arguments.python))), loads)
    except ValueError as error:
        raise CommandError(str(error), code=2) from None
    if len(cells) < 2:
        raise CommandError(
            "a matrix needs two cells or more: name two clients, or repeat --python or --scenario", code=2
        )
    if len(cells) > MOST_CELLS:
        raise CommandError(
            f"{len(cells)} cells are too many: each has a process, and all live at once; {MOST_CELLS} can be measured",
            code=2,
        )
    return cells


def _load(label: str) -> "Scenario":
    from clientprof.workload.load.scenario import ScenarioError
    from clientprof.workload.load.scenario_labels import parse_label

    try:
        return parse_label(label)
    except ScenarioError as error:
        raise CommandError(f"--scenario {label}: {error}", code=2) from None


def _python(text: str) -> "PythonAsked":
    """A Python by its version or its path; one named by its path is asked for its version."""
    client = f"httpx@py{text}" if text[:1].isdigit() else f"httpx@py:{text}"
    python = parse_clients([client])[0].python
    assert python is not None
    return python
