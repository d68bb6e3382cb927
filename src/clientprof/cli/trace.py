"""``clientprof trace``: measure one client, with a baseline beside it, and write the report."""

import argparse
import contextlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from clientprof.cli import CommandError, closest
from clientprof.cli.arguments.arms import add_python_argument, labels_of, make_ready, parse_clients, with_python_of
from clientprof.cli.arguments.before_measuring import check_descriptors, public_command, writable
from clientprof.cli.arguments.load_arguments import add_load_arguments, scenario_of, server_options
from clientprof.cli.arguments.output_arguments import add_output_arguments
from clientprof.cli.files.selfcheck_file import add_selfcheck_argument

if TYPE_CHECKING:
    from clientprof.cli.console.progress import TraceProgress
    from clientprof.experiments.environments.client_specs import ClientSpec
    from clientprof.experiments.traces.trace_plan import TracePlan
    from clientprof.model.recording import Recording
    from clientprof.workload.load.scenario import Scenario

HELP = """Measure a client under concurrency and show where its time goes. The load is
clientprof's own, and so is the server. To measure your own program, use
`clientprof run`.

A local server is started and asked by n requests at once, through one shared
client. This is repeated in separate processes, one for each instrument (lens),
so that none disturbs another, and then for the baseline. report.html,
summary.json and recording.clientprof are written into a new folder under --out."""

EXAMPLES = """examples:
  clientprof trace --client httpx -n 512
  clientprof trace --client httpx -n 64 --tls
  clientprof trace --client httpx -n 100 --delay 50 --limit 100
  clientprof trace --client httpx==0.27.2 --against httpx==0.28.1 -n 128
  clientprof trace --client httpx+sniffio --against httpx --python 3.12
  clientprof trace --client httpx@py3.14 --against httpx@py3.12 -n 128
  clientprof trace --client aiohttp --against none --lens control,sample
  clientprof trace --client httpx -n 512 --json > summary.json
  clientprof trace --client httpx -n 20 --rounds 3 --url http://127.0.0.1:8000/ping"""

COMMON = (
    "--client",
    "--against",
    "-n",
    "--requests",
    "--limit",
    "--delay",
    "--size",
    "--tls",
    "--python",
    "--out",
    "--json",
    "--quiet",
)

NO_BASELINE = "none"
DEFAULT_BASELINE = "aiohttp"
MAX_TIMEOUT_S = 86_400


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--client", default="httpx", metavar="NAME",
        help="the client to explain, such as httpx, httpx==0.27.2 or httpx@py3.14 (default: httpx)",
    )  # fmt: skip
    add_python_argument(parser)
    parser.add_argument("--against", metavar="NAME", help="the baseline, or none (default: aiohttp)")
    add_load_arguments(parser)
    parser.add_argument(
        "--rounds", type=int, metavar="N", help="rounds to measure (default: until each lens is stable)"
    )
    parser.add_argument(
        "--blocks", type=int, metavar="N", help="blocks of control runs (default: 4 to 6, until the interval is narrow)"
    )
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="seed for order, jitter and delays (default: 1)"
    )
    parser.add_argument(
        "--lens",
        action="join",
        metavar="A,B",
        help="use only these: control, ledger, sample, count, pyinstrument, tachyon, memory (default: all that this Python "
        "has but memory, which may take minutes)",
    )
    parser.add_argument(
        "--timeout", type=float, default=180.0, metavar="S",
        help="most seconds for a worker (default: 180; four times that under the lens memory); "
        "a client that needs over twice as long is stopped after a sixth",
    )  # fmt: skip
    parser.add_argument("--port", type=int, default=0, metavar="N", help="port of the local server (default: any free)")
    parser.add_argument("--url", metavar="URL", help="send the load to this server; it is stated before it starts")
    parser.add_argument(
        "--ca", type=Path, metavar="FILE", help="CA file that verifies --url (default: the client's own)"
    )
    parser.add_argument(
        "--force", action="store_true", help="give a verdict although the clients differ in requests in flight"
    )
    add_output_arguments(parser)
    add_selfcheck_argument(parser)


def run(arguments: argparse.Namespace, command: tuple[str, ...]) -> int:
    if arguments.against is None:
        arguments.against = _default_baseline(arguments)
    plan = _plan(arguments, public_command(command))
    out = writable(arguments.out)
    check_descriptors(plan.scenario.concurrency, plan.scenario.hosts, plan.scenario.limit)

    # Only now what takes time to import: wrong use is answered at once.
    from clientprof.cli.console.consoles import error_console
    from clientprof.cli.console.progress import TraceProgress
    from clientprof.cli.files.outcome import finish
    from clientprof.experiments.traces.trace_run import run_trace
    from clientprof.workload.load.scenario_labels import label_of

    errors = error_console()
    if plan.url is not None:
        host = urlsplit(plan.url).hostname
        errors.print(
            f"Sending at most {plan.most_requests:,} requests to {host}, {plan.scenario.concurrency} at once, "
            f"within {plan.worker_timeout_s * len(plan.steps) / 60:.0f} minutes. Ctrl-C stops.",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    subjects = make_ready(parse_clients(_asked(arguments)), arguments.python, quiet=arguments.quiet)
    plan = replace(plan, subjects=subjects)
    for lens, clients in plan.left_out.items() if arguments.lens else ():
        raise CommandError(
            f"--lens {lens} needs {lens}, which cannot be had for the Python of {' and '.join(clients)}; leave it out, or "
            "measure with --python 3.14 or older",
            code=2,
        )
    with TraceProgress(errors, enabled=not arguments.quiet) as progress:
        early = None if arguments.quiet else _teller(progress, plan.blocks)
        outcome = run_trace(plan, progress.watch, early)
        return finish(outcome, out, label_of(plan.scenario), arguments, progress)


def _teller(progress: "TraceProgress", blocks: int) -> "Callable[[Recording], None]":
    """Says what is known before the measuring is over: the answer and the layers, which need no other lens."""
    from clientprof.attribution.trace_result import trace_result
    from clientprof.report.writing.trace_answer import so_far

    def tell(recording: "Recording") -> None:
        with contextlib.suppress(Exception):  # the whole recording is what counts, and it says what is wrong with it
            done = len({run.facts.block for run in recording.runs if run.facts.lens == "control"})
            needed = tuple(run for run in recording.runs if run.facts.lens in ("control", "sample"))
            progress.tell(so_far(trace_result(replace(recording, runs=needed)), done, blocks))

    return tell


def _default_baseline(arguments: argparse.Namespace) -> str:
    """aiohttp, on the client's Python; where it cannot do what is asked, none, and a line that says so."""
    from clientprof.clients import CLIENTS
    from clientprof.experiments.feasible import obstacle

    lack = obstacle(CLIENTS[DEFAULT_BASELINE], scenario_of(arguments))
    if lack is None or arguments.client == DEFAULT_BASELINE:
        return with_python_of(arguments.client, DEFAULT_BASELINE)
    if not arguments.quiet:
        print(f"No baseline: {lack.partition(';')[0]}; --against names another.", file=sys.stderr)
    return NO_BASELINE


def _check_python(lens: str, python: str | None) -> None:
    """Raise where the Python to measure in does not have the lens; a name of no interpreter is found out later."""
    from clientprof.model.lenses import LENS_RUNS

    since = LENS_RUNS[lens].since
    if since is None:
        return
    import platform

    from clientprof.experiments.environments.errors import EnvironmentProblem
    from clientprof.experiments.environments.interpreters import find_interpreter

    try:
        version = platform.python_version() if python is None else find_interpreter(python).version
    except EnvironmentProblem as problem:
        raise CommandError(str(problem)) from None
    if tuple(int(part) for part in version.split(".")[:2]) < since:
        raise CommandError(
            f"Python has what the lens {lens} needs from {since[0]}.{since[1]} on; this is Python {version}",
            code=2,
        )


def _plan(arguments: argparse.Namespace, command: tuple[str, ...]) -> "TracePlan":
    from clientprof.experiments.traces.trace_plan import DEFAULT_LENSES, SHORT_BLOCKS, SHORT_CPU_S, TracePlan

    specs = parse_clients(_asked(arguments))
    lenses = tuple(arguments.lens.split(",")) if arguments.lens else DEFAULT_LENSES
    _check_lenses(lenses, arguments)
    _check_bounds(arguments)
    scenario = scenario_of(arguments)
    if arguments.url is not None:
        _check_other_server(arguments, scenario)
    _check_able(specs, scenario, arguments.python)
    labels = labels_of(specs)
    rounds = arguments.rounds if arguments.url is None else arguments.rounds or 1
    return TracePlan(
        client=labels[0],
        baseline=None if arguments.against == NO_BASELINE else labels[-1],
        scenario=scenario,
        lenses=lenses,
        rounds=rounds,
        blocks=arguments.blocks or SHORT_BLOCKS,
        in_time=arguments.blocks is None and arguments.rounds is None,
        mirrored=False,
        cpu_s={"control": SHORT_CPU_S},
        seed=arguments.seed,
        url=arguments.url,
        ca_file=arguments.ca,
        port=arguments.port,
        worker_timeout_s=arguments.timeout,
        command=command,
        as_far=True,
        forced=arguments.force,
    )


def _check_lenses(lenses: Sequence[str], arguments: argparse.Namespace) -> None:
    from clientprof.experiments.traces.trace_plan import LENS_ORDER

    for lens in lenses:
        if lens not in LENS_ORDER:
            raise CommandError(f"no lens {lens!r}{closest(lens, list(LENS_ORDER))}", code=2)
    for lens in lenses:
        _check_python(lens, arguments.python)
    if "memory" in lenses and arguments.url is not None:
        raise CommandError(
            "--lens memory needs the local server, which keeps its answers back while memory is counted; leave --url out",
            code=2,
        )


def _check_bounds(arguments: argparse.Namespace) -> None:
    if arguments.rounds is not None and arguments.rounds < 1:
        raise CommandError(f"--rounds must be at least 1, not {arguments.rounds}", code=2)
    if arguments.blocks is not None and not 1 <= arguments.blocks <= 1000:
        raise CommandError(f"--blocks must be between 1 and 1000, not {arguments.blocks}", code=2)
    if not 0 <= arguments.port <= 65535:
        raise CommandError(f"--port must be between 0 and 65535, not {arguments.port}", code=2)
    if not 1 <= arguments.timeout <= MAX_TIMEOUT_S:
        raise CommandError(f"--timeout must be between 1 and {MAX_TIMEOUT_S} seconds", code=2)
    if arguments.ca is not None and arguments.url is None:
        raise CommandError("--ca goes with --url; the local server has a CA of its own", code=2)
    if arguments.ca is not None and not arguments.ca.is_file():
        raise CommandError(f"--ca {arguments.ca} is not a file", code=2)


def _check_able(specs: "Sequence[ClientSpec]", scenario: "Scenario", python: str | None) -> None:
    """That each client can carry the load here; where the baseline cannot, those that can are named."""
    from clientprof.clients import CLIENTS
    from clientprof.experiments.feasible import able, missing_loop, obstacle

    for spec in specs:
        elsewhere = not spec.plain or python is not None
        lack = obstacle(CLIENTS[spec.adapter], scenario) or missing_loop(spec, scenario, elsewhere=elsewhere)
        if lack is not None and spec is not specs[0]:
            others = [f"--against {other}" for other in able(CLIENTS, scenario) if other != specs[0].adapter]
            lack = f"{lack}; {' or '.join(('--against none', *others))} can be measured"
        if lack is not None:
            raise CommandError(lack, code=2)


def _check_other_server(arguments: argparse.Namespace, scenario: "Scenario") -> None:
    """Raise where the URL cannot be asked, or where an option is for the local server, which does not run."""
    _check_url(arguments.url)
    mine = [*server_options(arguments, scenario), *(["--port"] if arguments.port else [])]
    if mine:
        raise CommandError(
            f"{', '.join(mine)} {'tell' if len(mine) > 1 else 'tells'} the local server what to do, and --url asks another "
            "one; leave one of the two out",
            code=2,
        )
    if scenario.tls and not arguments.url.startswith("https"):
        raise CommandError("--tls contradicts a --url that begins with http://", code=2)


def _check_url(url: str) -> None:
    """Raise where no request could be sent. The URL is not repeated: it may hold credentials."""
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise CommandError(f"--url cannot be read: {error}", code=2) from None
    if parts.scheme not in ("http", "https"):
        raise CommandError("--url must start with http:// or https://", code=2)
    if not usable:
        raise CommandError("--url names no host to send requests to", code=2)


def _asked(arguments: argparse.Namespace) -> tuple[str, ...]:
    return (arguments.client,) if arguments.against == NO_BASELINE else (arguments.client, arguments.against)
