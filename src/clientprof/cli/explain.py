"""``clientprof explain``: take one suspected cause away at a time, measure what it costs, and build the staircase."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from clientprof.cli import CommandError, closest
from clientprof.cli.arguments.arms import add_python_argument, check_pythons, parse_clients, with_python_of
from clientprof.cli.arguments.cluster_arguments import add_cluster_argument, cluster_of, subjects_elsewhere
from clientprof.cli.arguments.load_arguments import add_load_arguments, refuse_load_options, scenario_of
from clientprof.cli.arguments.output_arguments import add_output_arguments
from clientprof.cli.compare import check_feasible

if TYPE_CHECKING:
    from collections.abc import Callable

    from clientprof.experiments.cluster.cluster_place import ClusterPlace
    from clientprof.experiments.differences.compare_run import Progress
    from clientprof.experiments.environments.client_specs import ClientSpec
    from clientprof.experiments.staircase.explain_plan import ExplainPlan
    from clientprof.experiments.staircase.explain_run import ExplainOutcome
    from clientprof.experiments.suspects.suspect import Suspect
    from clientprof.model.recording import Recording
    from clientprof.workload.load.scenario import Scenario

HELP = """Explain a client's cost by experiment: remove one suspected cause at a time and
measure what is saved.

A profile shows where time is spent; an experiment shows what can be saved.
Suspects come from the evidence of a first look, or of a recording; see
`clientprof suspects`. Each is removed alone, then the best combination is
looked for. The staircase leads from the client as it is down to the baseline
and to the floor, the least that Python can do.

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted (what was measured
is kept)."""

EXAMPLES = """examples:
  clientprof explain --client httpx -n 512
  clientprof explain --client httpx2 -n 512 --limit 512
  clientprof explain --client aiohttp --against floor -n 512
  clientprof explain reports/RUN/recording.clientprof --max-time 120
  clientprof explain --client httpx -n 512 --suspect url-parse --suspect lock-yield
  clientprof explain --client httpx -n 256 --patch httpcore._trace:Trace.__aenter__=mine.py:enter
  clientprof explain --client httpx -n 512 --regimes
  clientprof explain --client httpx -n 512 --cluster tcp://127.0.0.1:8786"""

COMMON = (
    "--client",
    "--against",
    "-n",
    "--limit",
    "--delay",
    "--tls",
    "--suspect",
    "--patch",
    "--regimes",
    "--max-time",
    "--out",
    "--json",
    "--quiet",
)

DEFAULT_MAX_TIME_S = 300.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE.clientprof",
        help="a trace; its client, load and evidence are used instead of --client and a first look",
    )  # fmt: skip
    parser.add_argument("--client", metavar="NAME", help="the client to explain (default: httpx)")
    parser.add_argument("--against", metavar="NAME", help="the baseline, or none (default: aiohttp)")
    add_python_argument(parser)
    add_load_arguments(parser)
    parser.add_argument(
        "--suspect", action="append", default=[], metavar="ID", help="try this suspect in any case; may be repeated"
    )
    parser.add_argument(
        "--patch", action="append", default=[], metavar="MODULE:FUNCTION=FILE.py:NAME",
        help="try a change of your own: the function is replaced by NAME of your file; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--regimes", action="store_true",
        help="repeat the leading experiments below and above the connection limit, with a fast and a slow server",
    )  # fmt: skip
    parser.add_argument(
        "--max-time", type=float, default=DEFAULT_MAX_TIME_S, metavar="S",
        help=f"measure for at most S seconds, environments and checks not included (default: {DEFAULT_MAX_TIME_S:g})",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="seed for order and delays (default: 1)")
    add_cluster_argument(parser)
    add_output_arguments(parser)


def run(arguments: argparse.Namespace, command: tuple[str, ...]) -> int:
    from clientprof.cli.arguments.before_measuring import check_descriptors, public_command, writable
    from clientprof.experiments.suspects import SUSPECTS

    if not 20 <= arguments.max_time <= 86_400:
        raise CommandError("--max-time must be between 20 and 86400 seconds", code=2)
    for name in arguments.suspect:
        if name not in SUSPECTS:
            raise CommandError(f"no suspect {name!r}{closest(name, list(SUSPECTS))}", code=2)
    earlier, client, baseline, scenario = _case(arguments)
    own = _own_suspects(arguments.patch, client.adapter)
    specs = [client, *([] if baseline is None else [baseline])]
    check_feasible(tuple(specs), scenario)
    if arguments.cluster is None:
        check_pythons(specs, arguments.python)
    else:
        _check_elsewhere(specs, arguments)
    check_descriptors(scenario.concurrency, scenario.hosts, scenario.limit)
    out = writable(arguments.out)

    from clientprof.cli.console.compare_table import LiveTable
    from clientprof.experiments.staircase.explain_plan import ExplainPlan
    from clientprof.experiments.staircase.explain_run import run_explain

    plan = ExplainPlan(
        client=client,
        baseline=baseline,
        scenario=scenario,
        named=tuple(arguments.suspect),
        own=own,
        regimes=arguments.regimes,
        max_seconds=arguments.max_time,
        seed=arguments.seed,
        python=arguments.python,
        command=public_command(command),
    )

    def say(text: str) -> None:
        if not arguments.quiet:
            print(f"clientprof: {text}", file=sys.stderr, flush=True)

    with (
        cluster_of(arguments.cluster, specs, arguments.python, quiet=arguments.quiet) as cluster,
        LiveTable(enabled=not arguments.quiet, brief=True) as table,
    ):
        if cluster is None:
            outcome = run_explain(plan, table.watch, say, earlier)
        else:
            say("all of it runs on one worker, and comes back at its end")
            outcome = _explained_there(cluster, plan, table.watch, say)
    return _finish(outcome, out, arguments)


def _check_elsewhere(specs: "list[ClientSpec]", arguments: argparse.Namespace) -> None:
    """Refuse what lies on this machine only."""
    subjects_elsewhere(specs)
    if arguments.file is not None or arguments.patch:
        what = "a recording" if arguments.file is not None else "--patch"
        raise CommandError(
            f"{what} is a file of this machine, and --cluster explains with what its workers have; leave it out", code=2
        )


def _explained_there(
    cluster: "ClusterPlace", plan: "ExplainPlan", watch: "Callable[[Progress], None]", say: "Callable[[str], None]"
) -> "ExplainOutcome":
    from clientprof.experiments.differences.places import PlaceFailed
    from clientprof.experiments.staircase.explain_run import ExplainOutcome

    try:
        return cluster.explain(plan, watch, say)
    except KeyboardInterrupt:
        return ExplainOutcome(None, interrupted=True)
    except PlaceFailed as gone:
        return ExplainOutcome(None, failure=str(gone))


def _finish(outcome: "ExplainOutcome", out: Path, arguments: argparse.Namespace) -> int:
    from clientprof.cli.console.ended import exit_code, nothing_measured
    from clientprof.cli.files.explain_files import show_explanation, write_explanation

    if outcome.recording is None or outcome.recording.manifest.experiments is None:
        raise nothing_measured(outcome)
    folder, explanation = write_explanation(outcome.recording, out)
    show_explanation(explanation, folder, as_json=arguments.json, quiet=arguments.quiet)
    return exit_code(outcome)


def _case(
    arguments: argparse.Namespace,
) -> "tuple[Recording | None, ClientSpec, ClientSpec | None, Scenario]":
    """The recording to start from (None: measure), the client, the baseline and the load."""
    if arguments.file is None:
        client = parse_clients([arguments.client or "httpx"])[0]
        against = arguments.against or with_python_of(arguments.client or "httpx", "aiohttp")
        baseline = None if against == "none" else parse_clients([against])[0]
        if baseline == client:
            raise CommandError(f"{client.label} is its own baseline; write --against none or another client", code=2)
        return None, client, baseline, scenario_of(arguments)
    if arguments.client is not None or arguments.against is not None:
        raise CommandError("a recording names its clients and its load; leave out --client, --against", code=2)
    refuse_load_options(arguments, "a recording names its clients and its load")
    return _from_recording(arguments.file)


def _from_recording(path: Path) -> "tuple[Recording, ClientSpec, ClientSpec | None, Scenario]":
    from clientprof.cli.files.recordings import open_recording
    from clientprof.model.recording import RecordingKind
    from clientprof.workload.load.scenario import ScenarioError
    from clientprof.workload.load.scenario_labels import parse_label

    recording = open_recording(path)
    manifest = recording.manifest
    label = next((value for _, name, value in manifest.workload if name == "scenario"), "")
    lenses = {run.facts.lens for run in recording.runs if run.facts.client == manifest.clients[0]}
    if manifest.kind is not RecordingKind.TRACE or manifest.scenario is not None or not {"sample", "count"} <= lenses:
        raise CommandError(f"{path} is no whole trace with the lenses sample and count, which hold the evidence")
    try:
        scenario = parse_label(label)
    except ScenarioError as error:
        raise CommandError(f"{path}: {error}") from None
    client = parse_clients([manifest.clients[0]])[0]
    baseline = None if manifest.baseline is None else parse_clients([manifest.baseline])[0]
    return recording, client, baseline, scenario


def _own_suspects(texts: list[str], adapter: str) -> "tuple[Suspect, ...]":
    from clientprof.experiments.suspects.own_patch import PatchError, own_patch, parse_patch

    try:
        return tuple(own_patch(parse_patch(text), adapter) for text in texts)
    except PatchError as error:
        raise CommandError(f"--patch: {error}", code=2) from None
