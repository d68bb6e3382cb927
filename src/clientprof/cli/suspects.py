"""``clientprof suspects``: the catalogue, and the evidence for the installed versions."""

import argparse
import json
from typing import TYPE_CHECKING

from clientprof.cli import CommandError
from clientprof.cli.arguments.arms import add_python_argument, make_ready, parse_clients
from clientprof.cli.arguments.load_arguments import add_load_arguments, refuse_load_options, scenario_of

if TYPE_CHECKING:
    from clientprof.experiments.environments.client_specs import ClientSpec
    from clientprof.experiments.suspects.suspect import Case
    from clientprof.model.experiments.catalogue import CatalogueRow

HELP = """List the suspected causes that `clientprof explain` can remove. With --client,
look at that client for some seconds and say for which of them there is
evidence."""
EXAMPLES = """examples:
  clientprof suspects
  clientprof suspects --client httpx -n 128
  clientprof suspects --client httpx==0.27.2 --json"""

COMMON = ("--client", "--python", "-n", "--limit", "--delay", "--json", "--quiet")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--client", metavar="NAME", help="look for evidence in this client (default: only list)")
    add_python_argument(parser)
    add_load_arguments(parser)
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="seed for order and delays (default: 1)")
    parser.add_argument("--json", action="store_true", help="print JSON on standard output")
    parser.add_argument("--quiet", action="store_true", help="no progress")


def run(arguments: argparse.Namespace, command: tuple[str, ...]) -> int:
    from clientprof.report.exporters.summaries.catalogue_summary import to_catalogue

    spec = None if arguments.client is None else parse_clients([arguments.client])[0]
    if spec is None:
        refuse_load_options(arguments, "the catalogue is listed without measuring; --client puts a load on one")
    case = None if spec is None else _look(spec, arguments)
    rows = _rows(spec, case)
    if arguments.json:
        print(json.dumps(to_catalogue(rows), indent=1))
        return 0
    from clientprof.cli.console.consoles import output_console
    from clientprof.report.terminal.catalogue import print_catalogue

    print_catalogue(rows, output_console())
    return 0


def _rows(spec: "ClientSpec | None", case: "Case | None") -> "tuple[CatalogueRow, ...]":
    from clientprof.experiments.staircase.suspicion import applies
    from clientprof.experiments.suspects import SUSPECTS
    from clientprof.model.experiments.catalogue import CatalogueRow

    rows: list[CatalogueRow] = []
    for suspect in SUSPECTS.values():
        if spec is not None and not applies(suspect, spec.adapter):
            continue
        evidence = None if case is None else suspect.evidence(case)
        rows.append(
            CatalogueRow(
                id=suspect.id,
                kind=suspect.kind,
                clients=tuple(sorted(suspect.adapters)),
                hypothesis=suspect.hypothesis,
                raised=None if case is None else evidence is not None,
                evidence=suspect.absent if evidence is None else evidence.text,
            )
        )
    return tuple(rows)


def _look(spec: "ClientSpec", arguments: argparse.Namespace) -> "Case":
    """The case that a first look at the client makes.

    Raises:
        CommandError: it cannot be measured.
    """
    from clientprof.cli.compare import check_feasible

    scenario = scenario_of(arguments)
    check_feasible((spec,), scenario)

    from clientprof.attribution.trace_result import trace_result
    from clientprof.cli.console.consoles import error_console
    from clientprof.cli.console.ending_signals import INTERRUPTED
    from clientprof.cli.console.progress import TraceProgress
    from clientprof.experiments.staircase.explain_plan import ExplainPlan
    from clientprof.experiments.staircase.suspicion import case_of
    from clientprof.experiments.traces.trace_run import run_trace

    subjects = make_ready([spec], arguments.python, quiet=arguments.quiet)
    plan = ExplainPlan(spec, None, scenario, seed=arguments.seed).lens_plan(("sample", "count"), subjects)
    with TraceProgress(error_console(), enabled=not arguments.quiet) as progress:
        outcome = run_trace(plan, progress.watch)
    if outcome.interrupted:
        raise CommandError("interrupted before anything was measured", code=INTERRUPTED)
    if outcome.failure is not None or outcome.recording is None:
        raise CommandError(outcome.failure or "nothing was measured")
    return case_of(trace_result(outcome.recording), scenario, spec.adapter, subjects[0].python)
