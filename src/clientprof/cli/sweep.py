"""``clientprof sweep``: how each cost grows with the number of requests at once."""

import argparse
import math
import re
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from clientprof.cli import CommandError
from clientprof.cli.arguments.arms import add_python_argument, make_ready, parse_clients
from clientprof.cli.arguments.cluster_arguments import add_cluster_argument, cluster_of, subjects_elsewhere
from clientprof.cli.arguments.load_arguments import add_load_arguments, scenario_of
from clientprof.cli.arguments.output_arguments import add_output_arguments

if TYPE_CHECKING:
    from clientprof.model.growth.series import GrowthResult

HELP = """Measure clients with more and more requests in flight, and show how each cost
grows.

Costs per request and latency are shown against n, for each client, layer and
function, with the slope on log-log axes and its interval; then the suspects
that do not scale, where clients cross, and which share of its requests per
second a client keeps. For each n and client there are control runs in mirror
order and a short run under the sampler, in fresh processes. Results are saved
after every n."""
EXAMPLES = """examples:
  clientprof sweep --client httpx -n 16,64,256
  clientprof sweep --client aiohttp --client httpx2 -n 16,32,64,128,256,512 --limit 1024
  clientprof sweep --client httpx==0.28.1 --client httpx==0.28.1+sniffio -n 16,64,256 --delay 20
  clientprof sweep --client httpx@py3.12 --client httpx@py3.14 -n 16,64,256
  clientprof sweep --client httpx -n 16,64,256 --json > growth.json
  clientprof sweep --client httpx -n 16,64,256,1024 --resume reports/RUN
  clientprof sweep --client httpx -n 16,64,256 --blocks 4 --cluster tcp://127.0.0.1:8786"""

COMMON = (
    "--client",
    "-n",
    "--requests",
    "--limit",
    "--delay",
    "--size",
    "--tls",
    "--max-time",
    "--cluster",
    "--resume",
    "--out",
    "--json",
    "--quiet",
)
DEFAULT_N = "16,32,64,128,256,512"
MOST_N = 12


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--client",
        action="append",
        metavar="NAME",
        help="a client to measure; may be repeated (default: httpx)",
        dest="clients",
    )
    add_python_argument(parser)
    add_load_arguments(parser, n=False)
    parser.add_argument(
        "-n",
        action="join",
        default=DEFAULT_N,
        metavar="N,N,...",
        dest="numbers",
        help=f"requests at once (default: {DEFAULT_N})",
    )
    parser.add_argument(
        "--blocks", type=int, default=1, metavar="N", help="pairs of control runs for each n (default: 1)"
    )
    parser.add_argument(
        "--max-time", type=float, default=math.inf, metavar="S",
        help="begin no further n, or on a cluster no further block, after S seconds (default: none)",
    )  # fmt: skip
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="seed for order, jitter and delays (default: 1)"
    )
    add_cluster_argument(parser)
    parser.add_argument(
        "--resume", type=Path, metavar="FOLDER", help="continue a sweep that was cut short, or add n to it"
    )
    add_output_arguments(parser)


def run(arguments: argparse.Namespace, command: tuple[str, ...]) -> int:
    from clientprof.cli.arguments.before_measuring import check_descriptors, public_command, writable
    from clientprof.cli.compare import check_feasible

    numbers = numbers_of(arguments.numbers)
    if not 1 <= arguments.blocks <= 1000:
        raise CommandError(f"--blocks must be between 1 and 1000, not {arguments.blocks}", code=2)
    if not 1 <= arguments.max_time <= 86_400 and arguments.max_time != math.inf:
        raise CommandError("--max-time must be between 1 and 86400 seconds", code=2)
    if arguments.scenario is None:
        # The largest is what its other options must go with.
        arguments.n = numbers[-1]
    scenario = scenario_of(arguments)
    if scenario.concurrency not in numbers:
        raise CommandError(
            f"--scenario {arguments.scenario} has {scenario.concurrency} requests at once, which is none of "
            f"-n {','.join(map(str, numbers))}; write one of these into the label, or name it with -n",
            code=2,
        )
    specs = parse_clients(arguments.clients or ["httpx"])
    check_feasible(specs, replace(scenario, concurrency=numbers[-1], requests=_requests(scenario.requests, numbers)))
    check_descriptors(numbers[-1], scenario.hosts, scenario.limit)
    out = writable(arguments.out)

    from clientprof.cli.console.consoles import error_console
    from clientprof.cli.console.ended import exit_code, kept_in, nothing_measured
    from clientprof.cli.console.progress import TraceProgress
    from clientprof.cli.files.sweep_files import load_earlier, sweep_folder
    from clientprof.experiments.growth.sweep_blocks import run_sweep_blocks
    from clientprof.experiments.growth.sweep_run import SweepPlan, run_sweep

    quiet, elsewhere = arguments.quiet, arguments.cluster is not None
    subjects = subjects_elsewhere(specs) if elsewhere else make_ready(specs, arguments.python, quiet=quiet)
    plan = SweepPlan(
        subjects, scenario, numbers, arguments.blocks, arguments.seed, public_command(command),
        max_seconds=arguments.max_time,
    )  # fmt: skip
    earlier = None if arguments.resume is None else load_earlier(arguments.resume, plan, elsewhere=elsewhere)
    folder = sweep_folder(out, plan, arguments.resume)
    with ExitStack() as stack:
        place = stack.enter_context(cluster_of(arguments.cluster, specs, arguments.python, quiet=quiet))
        progress = stack.enter_context(TraceProgress(error_console(), enabled=not quiet))
        outcome = (
            run_sweep(plan, progress.watch_named, folder.save, earlier)
            if place is None
            else run_sweep_blocks(plan, place, progress.watch_named, folder.save, earlier)
        )
        progress.say("analysing")
    if outcome.recording is None:
        raise nothing_measured(outcome)
    result = folder.finish(outcome.recording)
    show_sweep(result, folder.path, as_json=arguments.json, quiet=arguments.quiet)
    if outcome.time_up is not None:
        print(f"clientprof: {outcome.time_up}; go on with --resume {folder.path}", file=sys.stderr)
    return exit_code(outcome, kept_in(folder.path))


def numbers_of(text: str) -> tuple[int, ...]:
    """The n of ``16,64,256``, in order.

    Raises:
        CommandError: not two or more different whole numbers.
    """
    if re.fullmatch(r"[0-9]{1,6}(,[0-9]{1,6})*", text.replace(" ", ""), re.ASCII) is None:
        raise CommandError(f"-n {text!r} is no list of numbers; write -n {DEFAULT_N}", code=2)
    numbers = tuple(sorted({int(number) for number in text.split(",")}))
    if not 2 <= len(numbers) <= MOST_N or numbers[0] < 1:
        raise CommandError(f"-n needs 2 to {MOST_N} different numbers from 1 on (3 for a slope), not {text}", code=2)
    return numbers


def _requests(requests: int | None, numbers: tuple[int, ...]) -> int | None:
    if requests is not None and requests < numbers[-1]:
        raise CommandError(f"--requests must be {numbers[-1]} or more, the largest n, not {requests}", code=2)
    return requests


def show_sweep(result: "GrowthResult", folder: Path, *, as_json: bool, quiet: bool) -> None:
    """Print the result for people, its JSON for programs, or only where it is."""
    from clientprof.cli.files.shown import show_folder
    from clientprof.report.terminal import print_growth

    show_folder(
        folder, lambda console, files: print_growth(replace(result, files=files), console), as_json=as_json, quiet=quiet
    )
