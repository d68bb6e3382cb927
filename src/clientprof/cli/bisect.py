"""``clientprof bisect``: the release that changed a client's cost."""

import argparse
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from clientprof.cli import CommandError
from clientprof.cli.arguments.arms import add_python_argument, check_pythons, parse_clients
from clientprof.cli.arguments.load_arguments import add_load_arguments, scenario_of
from clientprof.cli.compare import add_output_arguments, check_feasible

if TYPE_CHECKING:
    from clientprof.experiments.differences.bisect_run import BisectOutcome
    from clientprof.model.recording import Recording

HELP = """Find the release that changed a client's CPU per request, between a good version and a bad one.

The versions are those of the package index, without pre-releases and yanked ones. The ends are compared first; the bad one
may as well be the cheaper. Every step compares one version with the good end in lock-step and ends as soon as it is clear to
which end it belongs. The pair that is found is compared in full: verdict, layers, functions, report.

Exit codes: 0 a pair was found, 1 not (no difference between the ends, say), 2 used wrongly, 130 interrupted."""
EXAMPLES = """examples:
  clientprof bisect --client httpx2 --good 2.0.0 --bad 2.16.2 -n 512 --limit 100
  clientprof bisect --client httpx --good 0.24.1 --bad 0.28.1 -n 64 --json
  clientprof bisect --client aiohttp --good 3.10.11 --bad 3.14.5 --scenario c64/1k/tls"""
DEFAULT_BLOCKS = 8
DEFAULT_MAX_TIME_S = 1500.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--client", required=True, metavar="NAME", help="such as httpx2 or httpx2@py3.14; without a version"
    )
    parser.add_argument("--good", required=True, metavar="VERSION", help="a release on one side of the change")
    parser.add_argument("--bad", required=True, metavar="VERSION", help="a release on the other side")
    add_python_argument(parser)
    add_load_arguments(parser)
    parser.add_argument(
        "--blocks",
        type=int,
        default=DEFAULT_BLOCKS,
        metavar="N",
        help=f"blocks per step (default: at most {DEFAULT_BLOCKS})",
    )
    parser.add_argument(
        "--max-time", type=float, default=DEFAULT_MAX_TIME_S, metavar="S",
        help=f"seconds at most for all (default: {DEFAULT_MAX_TIME_S:g})",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of order and delays (default: 1)")
    add_output_arguments(parser)


def run(arguments: argparse.Namespace, command: tuple[str, ...]) -> int:
    from clientprof.cli.arguments.before_measuring import check_descriptors, public_command, writable
    from clientprof.clients import CLIENTS

    (spec,) = parse_clients([arguments.client])
    package = CLIENTS[spec.adapter].package
    if spec.version is not None or not package:
        raise CommandError(f"--client {spec.label} must be a client without a version, such as httpx2", code=2)
    if arguments.good == arguments.bad:
        raise CommandError("--good and --bad are the same version; there is nothing between them", code=2)
    if not 3 <= arguments.blocks <= 1000:
        raise CommandError(f"--blocks must be between 3 and 1000, not {arguments.blocks}", code=2)
    if not 1 <= arguments.max_time <= 86_400:
        raise CommandError("--max-time must be between 1 and 86400 seconds", code=2)
    scenario = scenario_of(arguments)
    check_feasible((spec,), scenario)
    check_pythons((spec,), arguments.python)
    for version in (arguments.good, arguments.bad):
        # Refuses what is no version at all, before the index is asked.
        parse_clients([replace(spec, version=version).label])
    check_descriptors(scenario.concurrency, scenario.hosts, scenario.limit)
    out = writable(arguments.out)

    from clientprof.cli.console.compare_table import LiveTable
    from clientprof.experiments.differences.bisect_run import BisectPlan, run_bisect
    from clientprof.experiments.differences.compare_run import Progress
    from clientprof.experiments.differences.releases import released_between
    from clientprof.experiments.environments.errors import EnvironmentProblem

    def say(text: str) -> None:
        if not arguments.quiet:
            print(f"clientprof: {text}", file=sys.stderr, flush=True)

    try:
        versions = released_between(package, arguments.good, arguments.bad)
    except EnvironmentProblem as error:
        raise CommandError(str(error)) from None
    say(f"{len(versions)} releases of {package} from {versions[0]} to {versions[-1]}")
    plan = BisectPlan(
        client=spec,
        versions=versions,
        scenario=scenario,
        blocks=arguments.blocks,
        max_seconds=arguments.max_time,
        seed=arguments.seed,
        python=arguments.python,
        command=public_command(command),
    )
    with LiveTable(enabled=not arguments.quiet) as table:

        def watch(what: str, progress: Progress) -> None:
            table.watch(replace(progress, doing=f"{what}: {progress.doing}"))

        outcome = run_bisect(plan, watch, say)
    if outcome.recording is not None:
        from clientprof.cli.files.compare_files import render_again, show_comparison

        folder, result = render_again(with_steps(outcome.recording, outcome, spec.label), out)
        show_comparison(result, folder, as_json=arguments.json, quiet=arguments.quiet)
    return _end(outcome, spec.label)


def _end(outcome: "BisectOutcome", client: str) -> int:
    from clientprof.cli.files.outcome import INTERRUPTED

    for step in outcome.steps:
        print(f"clientprof: {step.version}: {step.text}", file=sys.stderr)
    for version, reason in outcome.left_out.items():
        print(f"clientprof: {version} was left out: {reason}", file=sys.stderr)
    if outcome.interrupted:
        print("clientprof: interrupted; the steps until then are above", file=sys.stderr)
        return INTERRUPTED
    if outcome.failure is not None:
        print(f"clientprof: {outcome.failure}", file=sys.stderr)
        return 1
    print(f"clientprof: {outcome.sentence(client)}", file=sys.stderr)
    return 0


def with_steps(recording: "Recording", outcome: "BisectOutcome", client: str) -> "Recording":
    """The recording of the last comparison, with the steps of the search beside its workload."""
    from clientprof.model.recording import Recording

    manifest = recording.manifest
    rows = tuple(("bisect", step.version, step.text) for step in outcome.steps)
    rows += tuple(("bisect", version, f"left out: {reason}") for version, reason in outcome.left_out.items())
    notice = ("bisect", outcome.sentence(client), "The steps of the search are listed with the workload.")
    workload, notices = (*manifest.workload, *rows), (notice, *manifest.notices)
    complete = manifest.complete and outcome.pair is not None
    return Recording(replace(manifest, workload=workload, notices=notices, complete=complete), recording.runs)
