"""``clientprof count``: what a client does for one request, the same to the digit in every run."""

import argparse
import sys
from typing import TYPE_CHECKING

from clientprof.cli import CommandError
from clientprof.cli.arguments.arms import add_python_argument, make_ready, parse_clients
from clientprof.cli.arguments.load_arguments import add_load_arguments, scenario_of
from clientprof.cli.compare import check_feasible

if TYPE_CHECKING:
    from clientprof.experiments.environments.client_specs import ClientSpec
    from clientprof.experiments.environments.subjects import Subject
    from clientprof.model.counts.exact import ExactCounts, RealDifference
    from clientprof.workload.load.scenario import Scenario

HELP = """Count what a client does for one request: calls, bytecodes, pool passes, polls,
loop callbacks, garbage.

The client runs on asyncio's loop with a virtual clock, against an origin in its
own process, over sockets in memory. Time passes only while it waits. So its
code alone decides the counts: they are the same to the digit in every run,
whatever the machine does. Every count is made twice, in two processes; what
these do not agree on is named, and is no exact count. Several clients are
compared with the first one, function by function.

Counts are not times; `clientprof compare` measures those. Bytecodes need Python
3.12 or newer.

Exit codes: 0 done, 1 failed (a failed request too), 2 wrong usage, 130
interrupted."""

EXAMPLES = """examples:
  clientprof count httpx2
  clientprof count httpx2@git:.@main httpx2@.                 two trees, function by function
  clientprof count httpx aiohttp -n 16 --python 3.12 --json
  clientprof count httpx2 --scenario c128/1k/tls
  clientprof count httpx2 -n 16 --against-real                how far a run in real time is away"""

COMMON = ("-n", "--limit", "--delay", "--size", "--tls", "--python", "--against-real", "--json", "--quiet")

DEFAULT_N = 128


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "clients", nargs="*", metavar="CLIENT",
        help="such as httpx2, httpx==0.27.2, httpx2@PATH or httpx2@git:PATH@REV (default: httpx)",
    )  # fmt: skip
    add_python_argument(parser)
    parser.add_argument("-n", type=int, metavar="N", help=f"requests in flight at once (default: {DEFAULT_N})")
    add_load_arguments(parser, n=False)
    parser.add_argument(
        "--against-real",
        action="store_true",
        help="count once more in real time, over real sockets, and show the difference",
    )
    parser.add_argument("--json", action="store_true", help="print the counts as JSON on standard output, nothing else")
    parser.add_argument("--quiet", action="store_true", help="no progress")


def run(arguments: argparse.Namespace, command: tuple[str, ...]) -> int:
    from clientprof.cli.arguments.before_measuring import public_command

    if arguments.n is None and arguments.scenario is None:
        arguments.n = DEFAULT_N
    scenario = scenario_of(arguments)
    specs = parse_clients(arguments.clients or ["httpx"])
    check_countable(specs, scenario)
    subjects = make_ready(specs, arguments.python, quiet=arguments.quiet)
    counts = count_subjects(subjects, scenario, quiet=arguments.quiet)

    from clientprof.attribution.counts.differences import changes
    from clientprof.cli.console.consoles import output_console
    from clientprof.model.counts.exact import CountsResult
    from clientprof.report.counts.json_text import counts_json
    from clientprof.report.terminal.counts.exact_counts import print_counts
    from clientprof.workload.load.scenario_labels import label_of

    result = CountsResult(
        command=public_command(command),
        scenario=label_of(scenario),
        clients=counts,
        changes={other.client: changes(other, counts[0]) for other in counts[1:]},
        real=_real(subjects, counts, scenario, quiet=arguments.quiet) if arguments.against_real else (),
    )
    if arguments.json:
        print(counts_json(result))
    else:
        print_counts(result, output_console())
    return 0


def check_countable(specs: "tuple[ClientSpec, ...]", scenario: "Scenario") -> None:
    """Refuse what cannot be counted, or not in this scenario.

    Raises:
        CommandError: a client, or the scenario, is not possible.
    """
    from clientprof.clients import CLIENTS
    from clientprof.experiments.counts.countable import uncountable

    for spec in specs:
        reason = uncountable(CLIENTS[spec.adapter], scenario)
        if reason is not None:
            raise CommandError(reason, code=2)
    check_feasible(specs, scenario)


def count_subjects(subjects: "tuple[Subject, ...]", scenario: "Scenario", *, quiet: bool) -> "tuple[ExactCounts, ...]":
    """The exact counts of each, in order.

    Raises:
        CommandError: a client or its requests failed.
    """
    from clientprof.experiments.counts.count_run import CountPlan, count_all
    from clientprof.origin.errors import OriginError
    from clientprof.workload.process import WorkerError

    def say(text: str) -> None:
        if not quiet:
            print(f"clientprof: {text}", file=sys.stderr, flush=True)

    try:
        return count_all(CountPlan(subjects, scenario), say)
    except (WorkerError, OriginError) as error:
        raise CommandError(str(error)) from None


def _real(
    subjects: "tuple[Subject, ...]", counts: "tuple[ExactCounts, ...]", scenario: "Scenario", *, quiet: bool
) -> "tuple[RealDifference, ...]":
    """The same clients under the real count lens.

    Raises:
        CommandError: it failed.
    """
    from clientprof.attribution.counts.differences import against_real
    from clientprof.experiments.traces.trace_plan import TracePlan
    from clientprof.experiments.traces.trace_run import run_trace

    found = []
    for subject, exact in zip(subjects, counts, strict=True):
        if not quiet:
            print(f"clientprof: {subject.label}: count lens, in real time", file=sys.stderr, flush=True)
        plan = TracePlan(
            subject.label, None, scenario, lenses=("count",), subjects=(subject,), cold_rounds=False, floor=False
        )
        outcome = run_trace(plan, lambda step, done, of, event: None)
        if outcome.failure is not None or outcome.recording is None:
            raise CommandError(outcome.failure or f"{subject.label}: nothing was counted in real time")
        found.append(against_real(exact, outcome.recording.runs[0]))
    return tuple(found)
