"""``clientprof compare``: which client or version is faster, by how much, for certain, and where."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from clientprof.cli import CommandError
from clientprof.cli.arguments.arms import add_python_argument, labels_of, make_ready
from clientprof.cli.arguments.cluster_arguments import add_cluster_argument, place_of, subjects_elsewhere
from clientprof.cli.arguments.load_arguments import add_load_arguments, refuse_load_options, scenario_of
from clientprof.cli.arguments.output_arguments import add_output_arguments

if TYPE_CHECKING:
    from clientprof.cli.files.growing_folder import GrowingFolder
    from clientprof.experiments.differences.compare_plan import ComparePlan
    from clientprof.experiments.differences.compare_run import CompareOutcome
    from clientprof.experiments.environments.client_specs import ClientSpec
    from clientprof.model.differences.comparison import ComparisonResult
    from clientprof.workload.load.scenario import Scenario

HELP = """Compare clients, or versions of one client: verdict, ratio with its interval,
and where the difference comes from.

The first client is the baseline, and is also measured against itself (A/A). All
take turns in blocks of fresh processes until the differences are certain or
the intervals narrow enough, or until the maximum of blocks or of time is
reached; the result says which. With --half-width or --fail-if only the width
counts. Two more processes for each client under the sampler and one under the
counters explain the difference by layer and function.

Two recordings of the same program (`clientprof run`) are shown side by side
instead, call site by call site. There is no verdict then: one run of each
proves no difference in speed.

Exit codes: 0 done, 1 failed (also if a request failed), 2 wrong usage, 3 a
--fail-if condition holds, 130 interrupted."""

EXAMPLES = """examples:
  clientprof compare httpx aiohttp -n 512 --max-time 90
  clientprof compare httpx==0.27.2 httpx==0.28.1 httpx2 -n 128
  clientprof compare httpx==0.28.1 httpx==0.28.1+sniffio -n 128 --limit 100
  clientprof compare httpx@py3.11 httpx@py3.14 -n 512
  clientprof compare httpx2@git:.@main httpx2@. -n 128
  clientprof compare httpx+httpcore@git:../httpcore@1.0.8 httpx+httpcore@../httpcore -n 128
  clientprof compare httpx aiohttp --scenario c64/1k/tls --json > summary.json
  clientprof compare httpx==0.27.2 httpx -n 128 --fail-if "cpu_us_per_request > 1.05 x baseline" --markdown summary.md
  clientprof compare httpx==0.28.1 aiohttp -n 128 --save-baseline httpx.json
  clientprof compare httpx --against-baseline httpx.json -n 128 --fail-if "cpu_us_per_request > 1.05 x baseline"
  clientprof compare httpx aiohttp -n 512 --resume reports/RUN
  clientprof compare reports/BEFORE/recording.clientprof reports/AFTER/recording.clientprof"""

COMMON = (
    "-n",
    "--requests",
    "--limit",
    "--delay",
    "--size",
    "--tls",
    "--max-time",
    "--fail-if",
    "--markdown",
    "--out",
    "--json",
    "--quiet",
)

CONDITION_HOLDS = 3
# As experiments.differences.blocks has them, which takes long to import.
DEFAULT_BLOCKS = "40, or 20 where turns take long"
DEFAULT_HALF_WIDTH_PERCENT = 1.25
DEFAULT_MAX_TIME_S = 360.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "clients", nargs="*", metavar="CLIENT",
        help="httpx, httpx==0.27.2, httpx+sniffio, httpx@py3.14, or from source httpx@PATH, httpx@git:PATH@REV; or two "
        "recordings of a program, FILE.clientprof",
    )  # fmt: skip
    parser.add_argument("--baseline", metavar="CLIENT", help="the client to compare with (default: the first)")
    add_python_argument(parser)
    add_load_arguments(parser)
    add_block_arguments(parser)
    parser.add_argument("--quick", action="store_true", help="a first look: 5 short blocks, rough figures")
    parser.add_argument(
        "--force", action="store_true", help="compare even what should not be compared; the report says so"
    )
    parser.add_argument(
        "--fail-if", action="append", default=[], metavar="CONDITION",
        help='exit with code 3 if it holds, e.g. "cpu_us_per_request > 1.05 x baseline"; may be repeated',
    )  # fmt: skip
    parser.add_argument(
        "--save-baseline", type=Path, metavar="FILE", help="save which client, version and load the baseline was"
    )
    parser.add_argument(
        "--against-baseline", type=Path, metavar="FILE",
        help="take the saved baseline: its version is installed and measured again",
    )  # fmt: skip
    parser.add_argument(
        "--memory", action="store_true", help="also count bytes for each request in flight, after the blocks (minutes)"
    )
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write a summary for a pull request")
    parser.add_argument("--harness-lines", type=Path, metavar="FILE", help="write JSON lines as httpx2's harness does")
    add_cluster_argument(parser)
    parser.add_argument("--resume", type=Path, metavar="FOLDER", help="continue a comparison that was cut short")
    add_output_arguments(parser)


def add_block_arguments(parser: argparse.ArgumentParser) -> None:
    """How long to measure: what ``compare`` and ``bisect`` share."""
    parser.add_argument("--blocks", type=int, metavar="N", help=f"blocks at most (default: {DEFAULT_BLOCKS})")
    parser.add_argument(
        "--max-time", type=float, default=DEFAULT_MAX_TIME_S, metavar="S",
        help=f"measure for at most S seconds (default: {DEFAULT_MAX_TIME_S:g})",
    )  # fmt: skip
    parser.add_argument(
        "--half-width", type=float, metavar="PERCENT",
        help=f"stop when every interval is within this of its value (default: {DEFAULT_HALF_WIDTH_PERCENT:g} %%)",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="seed for order and delays (default: 1)")


def run(arguments: argparse.Namespace, command: tuple[str, ...]) -> int:
    from clientprof.cli.files.program_comparison import are_recordings, compare_recordings

    if are_recordings(arguments.clients):
        refuse_load_options(arguments, "recordings hold the load that they were made under")
        return compare_recordings(arguments)
    from clientprof.cli.arguments.before_measuring import check_descriptors, public_command, writable
    from clientprof.cli.files.saved_baseline import read_saved, save_baseline

    conditions = _conditions(arguments.fail_if)
    check_block_arguments(arguments)
    saved = None if arguments.against_baseline is None else read_saved(arguments.against_baseline)
    scenario = scenario_of(arguments)
    specs, baseline = _arms(arguments, None if saved is None else saved.client)
    check_feasible(specs, scenario)
    if arguments.save_baseline is not None and specs[baseline].from_source:
        raise CommandError(
            f"--save-baseline keeps releases; {specs[baseline].label} is a source, which a later run names by itself: "
            "compare NAME@git:PATH@REV with the others",
            code=2,
        )
    if saved is not None and not arguments.force:
        refuse(saved.differences(scenario, arguments.python))
    check_descriptors(scenario.concurrency, scenario.hosts, scenario.limit)
    out = writable(arguments.out)

    from clientprof.cli.console.compare_table import LiveTable
    from clientprof.cli.files.compare_files import compare_folder, load_earlier
    from clientprof.experiments.differences.compare_run import run_compare

    plan = replace(_plan(arguments, specs, baseline, scenario), command=public_command(command), conditions=conditions)
    earlier = None if arguments.resume is None else load_earlier(arguments.resume, plan)
    folder = compare_folder(out, plan, arguments.resume)
    with (
        place_of(arguments.cluster, specs, arguments.python, quiet=arguments.quiet) as place,
        LiveTable(enabled=not arguments.quiet) as table,
    ):
        outcome = run_compare(plan, table.watch, folder.save, earlier, place=place)
    if outcome.recording is not None and saved is not None:
        outcome.recording = saved.with_drift(outcome.recording)
    code = _finish(outcome, folder, arguments)
    if arguments.save_baseline is not None and code in (0, CONDITION_HOLDS) and outcome.recording is not None:
        save_baseline(arguments.save_baseline, outcome.recording, specs[baseline], scenario)
    return code


def _plan(
    arguments: argparse.Namespace, specs: "tuple[ClientSpec, ...]", baseline: int, scenario: "Scenario"
) -> "ComparePlan":
    """What is to be measured; the environments of all arms are made for it, unless others measure."""
    from clientprof.experiments.differences.compare_plan import QUICK_BLOCKS, ComparePlan

    labels = labels_of(specs)
    if arguments.cluster is None:
        subjects = make_ready(specs, arguments.python, quiet=arguments.quiet)
    else:
        subjects = tuple(each.named(label) for each, label in zip(subjects_elsewhere(specs), labels, strict=True))
    return ComparePlan(
        subjects=subjects,
        baseline=labels[baseline],
        scenario=scenario,
        blocks=arguments.blocks or (QUICK_BLOCKS if arguments.quick else None),
        max_seconds=arguments.max_time,
        half_width=half_width_of(arguments),
        # Who asks for a width, or for a bound on the ratio, is not served by a wide interval.
        until_told=arguments.half_width is None and not arguments.fail_if,
        seed=arguments.seed,
        quick=arguments.quick,
        forced=arguments.force,
        memory=arguments.memory,
    )


def _finish(
    outcome: "CompareOutcome",
    folder: "GrowingFolder[ComparisonResult]",
    arguments: argparse.Namespace,
) -> int:
    from clientprof.cli.console.ended import exit_code, kept_in, nothing_measured
    from clientprof.cli.files.compare_files import show_comparison, write_text
    from clientprof.model.differences.conditions import Outcome
    from clientprof.report.exporters import COMPARISON_TEXTS

    if outcome.recording is None:
        folder.remove()
        raise nothing_measured(outcome)
    if outcome.refused:
        folder.remove()
        refuse(outcome.refused)
    result = folder.finish(outcome.recording)
    if arguments.markdown is not None:
        write_text(arguments.markdown, COMPARISON_TEXTS["markdown"](result))
    if arguments.harness_lines is not None:
        write_text(arguments.harness_lines, COMPARISON_TEXTS["harness-lines"](result))
    show_comparison(result, folder.path, as_json=arguments.json, quiet=arguments.quiet)
    for row in result.conditions:
        print(f"clientprof: {row.text!r} {row.outcome}: {row.reason}", file=sys.stderr)
    code = exit_code(outcome, kept_in(folder.path))
    if code:
        return code
    return CONDITION_HOLDS if any(row.outcome is Outcome.HOLDS for row in result.conditions) else 0


def refuse(differences: tuple[str, ...]) -> None:
    """Refuse to compare what cannot be compared, with everything in which it differs.

    Raises:
        CommandError: there is a difference.
    """
    if differences:
        raise CommandError(f"these cannot be compared: {'; '.join(differences)} (--force compares them)", code=2)


def check_block_arguments(arguments: argparse.Namespace) -> None:
    """Raise where the bounds of measuring make no sense."""
    if arguments.blocks is not None and not 1 <= arguments.blocks <= 1000:
        raise CommandError(f"--blocks must be between 1 and 1000, not {arguments.blocks}", code=2)
    if not 1 <= arguments.max_time <= 86_400:
        raise CommandError("--max-time must be between 1 and 86400 seconds", code=2)
    if arguments.half_width is not None and not 0.1 <= arguments.half_width <= 100:
        raise CommandError(f"--half-width must be between 0.1 and 100 percent, not {arguments.half_width:g}", code=2)


def half_width_of(arguments: argparse.Namespace) -> float:
    """The half-width at which measuring stops, relative."""
    percent = DEFAULT_HALF_WIDTH_PERCENT if arguments.half_width is None else arguments.half_width
    return float(percent) / 100


def check_feasible(specs: "tuple[ClientSpec, ...]", scenario: "Scenario") -> None:
    """Raise where a client cannot do what the scenario asks."""
    from clientprof.clients import CLIENTS
    from clientprof.experiments.feasible import obstacle

    for spec in specs:
        lack = obstacle(CLIENTS[spec.adapter], scenario)
        if lack is not None:
            raise CommandError(lack, code=2)


def _conditions(texts: list[str]) -> tuple[str, ...]:
    """The conditions as written; raises where one is none."""
    from clientprof.attribution.differences.fail_conditions import ConditionError, parse_condition

    try:
        return tuple(parse_condition(text).text for text in texts)
    except ConditionError as error:
        raise CommandError(f"--fail-if: {error}", code=2) from None


def _arms(arguments: argparse.Namespace, saved: str | None) -> "tuple[tuple[ClientSpec, ...], int]":
    """The arms as asked for, and the number of the baseline among them; one that is written twice is there twice."""
    from clientprof.cli.arguments.arms import parse_clients

    texts = [*arguments.clients] if saved is None else [saved, *arguments.clients]
    if len(texts) < 2:
        needed = (
            "two clients or more, such as `compare httpx aiohttp`" if saved is None else "a client to compare with it"
        )
        raise CommandError(f"name {needed}", code=2)
    specs = tuple(parse_clients([text])[0] for text in texts)
    if arguments.baseline is None:
        return specs, 0
    if saved is not None:
        raise CommandError("--baseline and --against-baseline both name the baseline; give one", code=2)
    asked = parse_clients([arguments.baseline])[0]
    if asked not in specs:
        raise CommandError(f"--baseline {asked.label} is none of {', '.join(spec.label for spec in specs)}", code=2)
    return specs, specs.index(asked)
