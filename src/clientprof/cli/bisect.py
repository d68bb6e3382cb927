"""``clientprof bisect``: the release, or the commit, that changed a client's cost."""

import argparse
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from clientprof.cli import CommandError
from clientprof.cli.arguments.arms import add_python_argument, check_pythons, parse_clients
from clientprof.cli.arguments.cluster_arguments import add_cluster_argument, cluster_of, subjects_elsewhere
from clientprof.cli.arguments.load_arguments import add_load_arguments, scenario_of
from clientprof.cli.arguments.output_arguments import add_output_arguments
from clientprof.cli.compare import check_feasible

if TYPE_CHECKING:
    from collections.abc import Callable

    from clientprof.experiments.differences.bisect_run import BisectOutcome
    from clientprof.experiments.differences.commits import Commits
    from clientprof.experiments.differences.releases import Releases
    from clientprof.experiments.environments.client_specs import ClientSpec
    from clientprof.model.differences.comparison import ComparisonResult
    from clientprof.model.recording import Recording
    from clientprof.workload.load.scenario import Scenario

HELP = """Find the release, or the commit, that changed a client's CPU per request,
between a good end and a bad one.

Without --repo the ends are versions on the package index; pre-releases and
yanked ones are left out. With --repo they are revisions of a git repository, of
the client or of a package beside it, and each commit is built and measured. The
two ends are compared first; the bad one may also be the cheaper one. Each step
compares one version with the good end and stops as soon as it is clear to which
end it belongs. A step that does not build, or whose requests fail, is left out.
The pair that is found is compared in full: verdict, layers, functions, changed
lines, report.

Exit codes: 0 a pair was found, 1 none was (the ends do not differ, say), 2
wrong usage, 130 interrupted."""
EXAMPLES = """examples:
  clientprof bisect --client httpx2 --good 2.0.0 --bad 2.16.2 -n 512 --limit 100
  clientprof bisect --client httpx --good 0.24.1 --bad 0.28.1 -n 64 --json
  clientprof bisect --client aiohttp --good 3.10.11 --bad 3.14.5 --scenario c64/1k/tls
  clientprof bisect --repo . --good v2.15.0 --bad main -n 128
  clientprof bisect --client httpx --repo ../httpcore --good 1.0.6 --bad master -n 64
  clientprof bisect --client httpx2 --good 2.14.0 --bad 2.16.2 --releases --repo .
  clientprof bisect --client httpx2 --good 2.0.0 --bad 2.16.2 -n 128 --cluster tcp://127.0.0.1:8786"""

COMMON = (
    "--client",
    "--good",
    "--bad",
    "--repo",
    "--releases",
    "-n",
    "--limit",
    "--delay",
    "--max-time",
    "--out",
    "--json",
    "--quiet",
)
DEFAULT_BLOCKS = 16
DEFAULT_MAX_TIME_S = 1500.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--client", metavar="NAME",
        help="httpx2 or httpx2@py3.14, without a version; not needed if --repo is the client's own repository",
    )  # fmt: skip
    parser.add_argument(
        "--good", required=True, metavar="END", help="a release, or revision, on one side of the change"
    )
    parser.add_argument("--bad", required=True, metavar="END", help="a release, or revision, on the other side")
    parser.add_argument(
        "--repo", metavar="PATH", help="search the commits of this git repository, or of this folder in one"
    )
    parser.add_argument(
        "--history", choices=("first-parent", "all"), default="first-parent",
        help="with --repo: a merge counts as one step (first-parent, the default), or every commit in it does (all)",
    )  # fmt: skip
    parser.add_argument(
        "--releases", action="store_true",
        help="with --repo: search the releases first, then print the command that searches the commits between two of them",
    )  # fmt: skip
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
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="seed for order and delays (default: 1)")
    add_cluster_argument(parser)
    add_output_arguments(parser)


def run(arguments: argparse.Namespace, command: tuple[str, ...]) -> int:
    from clientprof.cli.arguments.before_measuring import check_descriptors, public_command, writable

    if arguments.good == arguments.bad:
        raise CommandError("--good and --bad are the same version; there is nothing between them", code=2)
    if not 3 <= arguments.blocks <= 1000:
        raise CommandError(f"--blocks must be between 3 and 1000, not {arguments.blocks}", code=2)
    if not 1 <= arguments.max_time <= 86_400:
        raise CommandError("--max-time must be between 1 and 86400 seconds", code=2)
    if arguments.repo is None and (arguments.releases or arguments.history == "all"):
        raise CommandError("--releases and --history go with --repo PATH", code=2)
    if arguments.cluster is not None and arguments.repo is not None:
        raise CommandError(
            "--repo names a folder of this machine, which the workers of --cluster do not have; search releases there",
            code=2,
        )
    scenario = scenario_of(arguments)
    in_releases = arguments.repo is None or arguments.releases
    check_descriptors(scenario.concurrency, scenario.hosts, scenario.limit)

    def say(text: str) -> None:
        if not arguments.quiet:
            print(f"clientprof: {text}", file=sys.stderr, flush=True)

    from clientprof.experiments.sources.errors import SourceProblem

    try:
        steps = _releases(arguments, scenario, say) if in_releases else _commits(arguments, scenario, say)
        out = writable(arguments.out)
        outcome = _search(arguments, scenario, steps, public_command(command), say)
    except SourceProblem as problem:
        raise CommandError(str(problem), code=2) from None
    lines: list[str] = []
    if outcome.recording is not None:
        from clientprof.cli.files.compare_files import render_again, show_comparison

        folder, result = render_again(with_steps(outcome.recording, outcome, steps.client.label), out)
        show_comparison(result, folder, as_json=arguments.json, quiet=arguments.quiet)
        if outcome.pair is not None:
            lines.append(where_it_lies(result))
    if outcome.pair is not None and arguments.repo is not None:
        lines += _goes_on(arguments, steps, outcome.pair)
    return _end(outcome, steps.client.label, lines)


def _releases(arguments: argparse.Namespace, scenario: "Scenario", say: "Callable[[str], None]") -> "Releases":
    """The releases to search.

    Raises:
        CommandError: used wrongly, or the package index does not name them.
    """
    from clientprof.clients import CLIENTS
    from clientprof.experiments.differences.releases import Releases, released_between
    from clientprof.experiments.environments.errors import EnvironmentProblem

    spec = _client(arguments)
    if spec is None:
        raise CommandError("name the client with --client, such as --client httpx2", code=2)
    check_feasible((spec,), scenario)
    if arguments.cluster is None:
        check_pythons((spec,), arguments.python)
    else:
        subjects_elsewhere((spec,))
    for version in (arguments.good, arguments.bad):
        # Refuses what is no version at all, before the index is asked.
        parse_clients([replace(spec, version=version).label])
    package = CLIENTS[spec.adapter].package
    try:
        versions = released_between(package, arguments.good, arguments.bad)
    except EnvironmentProblem as error:
        raise CommandError(str(error)) from None
    say(f"{len(versions)} releases of {package} from {versions[0]} to {versions[-1]}")
    return Releases(spec, versions)


def _commits(arguments: argparse.Namespace, scenario: "Scenario", say: "Callable[[str], None]") -> "Commits":
    """The commits to search.

    Raises:
        CommandError, SourceProblem: used wrongly.
    """
    from clientprof.experiments.differences.commits import commits_of

    every = arguments.history == "all"
    found = commits_of(arguments.repo, _client(arguments), arguments.good, arguments.bad, every=every)
    check_feasible((found.client,), scenario)
    check_pythons((found.client,), arguments.python)
    number = len(found.history().parents)
    way = "all" if every else "by first parents"
    say(
        f"{number} commit{'s' if number > 1 else ''} of {found.package} from {found.good[:9]} to {found.bad[:9]}, {way}"
    )
    return found


def _client(arguments: argparse.Namespace) -> "ClientSpec | None":
    """The client as asked for, which must leave its version to the search."""
    if arguments.client is None:
        return None
    from clientprof.clients import CLIENTS

    (spec,) = parse_clients([arguments.client])
    if spec.version is not None or spec.source is not None or not CLIENTS[spec.adapter].package:
        raise CommandError(f"--client {spec.label} must be a client without a version, such as httpx2", code=2)
    return spec


def _search(
    arguments: argparse.Namespace,
    scenario: "Scenario",
    steps: "Releases | Commits",
    command: tuple[str, ...],
    say: "Callable[[str], None]",
) -> "BisectOutcome":
    from clientprof.cli.console.compare_table import LiveTable
    from clientprof.experiments.differences.bisect_run import BisectPlan, run_bisect
    from clientprof.experiments.differences.compare_run import Progress

    history = None if arguments.cluster is None else steps.history()
    ends = [] if history is None else [steps.spec(step) for step in (history.good, history.bad)]
    with (
        cluster_of(arguments.cluster, ends, arguments.python, quiet=arguments.quiet) as cluster,
        LiveTable(enabled=not arguments.quiet) as table,
    ):
        plan = BisectPlan(
            steps=steps,
            scenario=scenario,
            blocks=arguments.blocks,
            max_seconds=arguments.max_time,
            seed=arguments.seed,
            python=arguments.python,
            command=command,
            elsewhere=cluster,
        )

        def watch(what: str, progress: Progress) -> None:
            table.watch(replace(progress, doing=f"{what}: {progress.doing}"))

        return run_bisect(plan, watch, say)


def where_it_lies(result: "ComparisonResult") -> str:
    """The layers and functions that moved between the pair, the most first, in one line."""
    gap = result.pairs[0].gap if result.pairs else None
    if gap is None:
        return "The samples tell no layer."
    layers = sorted(
        (row for row in gap.layers if row.cost.significant), key=lambda row: -abs(row.cost.difference_us.value)
    )
    if not layers:
        return "No single layer differs beyond chance."
    functions = [function for row in layers for function in row.functions if function.cost.significant]
    functions.sort(key=lambda row: -abs(row.cost.difference_us.value))
    moved = ", ".join(f"{row.layer} {row.cost.difference_us.value:+,.1f} µs" for row in layers[:3])
    named = ", ".join(f"{row.location.name} ({row.cost.change})" for row in functions[:3])
    return f"Layers that moved, per request: {moved}; functions: {named or 'none differs by itself'}."


def _goes_on(arguments: argparse.Namespace, steps: "Releases | Commits", pair: tuple[str, str]) -> list[str]:
    """The command that goes on from here: inside the repository after releases, inside a merge after commits."""
    from clientprof.experiments.differences.commits import Commits, tag_of

    client = f" --client {arguments.client}" if arguments.client else ""
    rest = f"{client} --repo {arguments.repo}"
    if isinstance(steps, Commits):
        if steps.every or not steps.is_merge(pair[1]):
            return []
        ends = f"--good {pair[0][:9]} --bad {pair[1][:9]}"
        return [f"It is a merge; go on among what it brought in: clientprof bisect{rest} {ends} --history all"]
    tags = [tag_of(arguments.repo, steps.client.adapter, version) for version in pair]
    if None in tags:
        missing = " and ".join(pair)
        return [f"The repository has no tags of {missing}; go on with clientprof bisect{rest} --good REV --bad REV"]
    return [f"Go on among the commits between them: clientprof bisect{rest} --good {tags[0]} --bad {tags[1]}"]


def _end(outcome: "BisectOutcome", client: str, lines: list[str]) -> int:
    from clientprof.cli.console.ended import exit_code

    for step in outcome.steps:
        print(f"clientprof: {step.title}: {step.text}", file=sys.stderr)
    for title, reason in outcome.left_out.items():
        print(f"clientprof: {title} was left out: {reason}", file=sys.stderr)
    code = exit_code(outcome, "the steps until then are above")
    if code:
        return code
    for line in (outcome.sentence(client), *lines):
        print(f"clientprof: {line}", file=sys.stderr)
    return 0


def with_steps(recording: "Recording", outcome: "BisectOutcome", client: str) -> "Recording":
    """The recording of the last comparison, with the steps of the search beside its workload."""
    from clientprof.model.recording import Recording

    manifest = recording.manifest
    rows = tuple(("bisect", step.title, step.text) for step in outcome.steps)
    rows += tuple(("bisect", title, f"left out: {reason}") for title, reason in outcome.left_out.items())
    notice = ("bisect", outcome.sentence(client), "The steps of the search are listed with the workload.")
    workload, notices = (*manifest.workload, *rows), (notice, *manifest.notices)
    complete = manifest.complete and outcome.pair is not None
    return Recording(replace(manifest, workload=workload, notices=notices, complete=complete), recording.runs)
