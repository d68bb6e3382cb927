"""``clientprof scenario``: the named experiments; without a name, the list of them."""

import argparse
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from clientprof.cli import CommandError, closest
from clientprof.cli.arguments.load_arguments import add_network_arguments, add_trust_argument, network_of, trust_of
from clientprof.cli.arguments.output_arguments import add_folder_argument, add_quiet_argument

if TYPE_CHECKING:
    from rich.console import Console

    from clientprof.experiments.scenarios import Presented
    from clientprof.model.recording import Recording

HELP = """Run a named experiment and write its story, table and report. Without a name,
list the experiments.

report.html, summary.json and recording.clientprof are written into a new folder
under --out."""
EXAMPLES = """examples:
  clientprof scenario
  clientprof scenario fastapi
  clientprof scenario reuse --rtt 20 --tls
  clientprof scenario fastapi --quick --json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="which experiment; without it they are listed")
    parser.add_argument("--json", action="store_true", help="print JSON, and nothing else, on standard output")
    add_folder_argument(parser)
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="seed for order, jitter and delays (default: 1)"
    )
    parser.add_argument("--quick", action="store_true", help="a first look: shorter, with rough figures")
    add_quiet_argument(parser)
    network = add_network_arguments(parser)
    network.add_argument("--tls", action="store_true", help="HTTPS, where the scenario has none")
    add_trust_argument(network)


def run(arguments: argparse.Namespace, command: tuple[str, ...]) -> int:
    from clientprof.experiments.scenarios import SCENARIOS

    if arguments.name is None:
        return _list(as_json=arguments.json)
    if arguments.name not in SCENARIOS:
        raise CommandError(f"no scenario {arguments.name!r}{closest(arguments.name, SCENARIOS)}", code=2)

    conditions = _conditions(arguments)

    from clientprof.cli.arguments.before_measuring import public_command, writable
    from clientprof.cli.console.ended import exit_code, nothing_measured
    from clientprof.cli.console.progress import TraceProgress
    from clientprof.experiments.scenarios import ScenarioRequest, ScenarioUnavailable, load_scenario
    from clientprof.experiments.scenarios.tour import Tour

    scenario = load_scenario(arguments.name)
    if conditions and not isinstance(scenario, Tour):
        raise CommandError(
            f"the scenario {arguments.name} has a server of its own, to which no network and no TLS can be put; leave out "
            "--rtt, --jitter, --bandwidth, --stall, --tls and --trust",
            code=2,
        )
    try:
        scenario.check()
    except ScenarioUnavailable as error:
        raise CommandError(str(error), code=2) from None
    out = writable(arguments.out)

    from clientprof.cli.console.consoles import error_console

    errors = error_console()
    request = ScenarioRequest(arguments.seed, arguments.quick, public_command(command), conditions)
    with TraceProgress(errors, enabled=not arguments.quiet) as progress:
        outcome = scenario.run(request, progress.watch_named)
        if outcome.recording is not None:
            progress.say("analysing")
    if outcome.recording is None:
        raise nothing_measured(outcome)
    folder, presented = present_scenario(outcome.recording, out)
    show_scenario(presented, folder, as_json=arguments.json, quiet=arguments.quiet, story=scenario.STORY)
    return exit_code(outcome)


def _conditions(arguments: argparse.Namespace) -> dict[str, object]:
    """Fields of every load that the user wants otherwise.

    Raises:
        CommandError: a network or a trust store that cannot be.
    """
    network = network_of(arguments)
    found: dict[str, object] = {"tls": True} if arguments.tls else {}
    if network:
        found |= {field.name: getattr(network, field.name) for field in fields(network)}
    if arguments.trust is not None:
        found["trust"] = trust_of(arguments)
    return found


def present_scenario(recording: "Recording", out: Path) -> "tuple[Path, Presented]":
    """Analyse the recording of a scenario and write its three files into a new folder under ``out``.

    Raises:
        CommandError: the scenario is not known to this version, or the folder cannot be written.
    """

    from clientprof.cli.files.outcome import stamp_of, write_recorded, write_summary_and_page
    from clientprof.experiments.scenarios import SCENARIOS, load_scenario

    name = recording.manifest.scenario or ""
    if name not in SCENARIOS:
        raise CommandError(f"the recording is of a scenario {name!r} that this version does not have")

    def views(folder: Path) -> "Presented":
        presented = load_scenario(name).present(recording)
        write_summary_and_page(folder, presented.summary, presented.page)
        return presented

    return write_recorded(recording, out, f"{stamp_of(recording)}-scenario-{name}", views)


def show_scenario(presented: "Presented", folder: Path, *, as_json: bool, quiet: bool, story: str = "") -> None:
    """Print the result for people, or its JSON for programs."""
    from clientprof.cli.files.shown import show_folder
    from clientprof.report.terminal.layout import print_paragraph, safe

    def print_result(console: "Console", files: dict[str, str]) -> None:
        if story:
            print_paragraph(console, safe(story.replace("\n", " "), "dim"))
            console.print()
        presented.print_result(console, files)

    show_folder(folder, print_result, as_json=as_json, quiet=quiet)


def _list(*, as_json: bool) -> int:
    from clientprof.experiments.scenarios import SCENARIOS

    if as_json:
        import json

        print(json.dumps(SCENARIOS, indent=1))
        return 0
    for name, line in SCENARIOS.items():
        print(f"{name:14} {line}")
    return 0
