"""``clientprof check``: whether a branch keeps the bounds of its project, for CI."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from clientprof.cli import CommandError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clientprof.experiments.counts.check_config import CheckConfig
    from clientprof.experiments.counts.check_run import CheckPlan
    from clientprof.model.counts.check import CheckResult
    from clientprof.model.counts.exact import ExactCounts

HELP = """Check a branch against the bounds in [tool.clientprof] of its pyproject.toml:
exact counts, and CPU with A/A.

The head is the working tree as it lies, or --head REV. The base is where it
left --base REV, or a file of counts that is committed (--baseline). Bounds on
exact counts cannot flake: head and base are counted in memory, on a virtual
clock. A bound on CPU is broken only if the whole interval is beyond it, and the
base does not differ from itself.

Exit codes: 0 all bounds kept, 1 failed, or a bound could not be decided, 2
wrong usage, 3 a bound is broken, 130 interrupted."""

EXAMPLES = """examples:
  clientprof check --base main
  clientprof check --base origin/main --head HEAD --github
  clientprof check --config bounds.toml --base v2.16.2 --markdown comment.md --json > check.json
  clientprof check --save-baseline counts.json
  clientprof check --baseline counts.json

in pyproject.toml:
  [tool.clientprof]
  client = "httpx2"
  scenarios = ["c128/1k", "c16/1k/tls"]
  bounds = ["pool passes per request <= 2", "calls <= 1.005 x base", "cpu <= 1.05 x base"]"""

BROKEN = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        type=Path,
        default=Path("pyproject.toml"),
        metavar="FILE",
        help="default: pyproject.toml in this folder",
    )
    parser.add_argument(
        "--base", metavar="REV", help="what head is compared with: the commit where it left REV (default: the file's)"
    )
    parser.add_argument("--head", metavar="REV", help="default: the working tree as it lies")
    parser.add_argument("--baseline", type=Path, metavar="FILE", help="a file of counts in place of a base")
    parser.add_argument(
        "--save-baseline", type=Path, metavar="FILE", help="count the head, write such a file, hold nothing"
    )
    parser.add_argument(
        "--python", metavar="X.Y", help="count in this Python (default: the file's, else the running one)"
    )
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write a summary for a pull request")
    parser.add_argument(
        "--github", action="store_true",
        help="print annotations for GitHub Actions, and add the Markdown to the job's summary ($GITHUB_STEP_SUMMARY)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the result as JSON on standard output, nothing else")
    parser.add_argument("--quiet", action="store_true", help="no progress and no tables; only the bounds that broke")


def run(arguments: argparse.Namespace, command: tuple[str, ...]) -> int:
    from clientprof.attribution.counts.bounds import BoundError
    from clientprof.cli.arguments.before_measuring import public_command
    from clientprof.experiments.counts.baseline_file import BaselineError
    from clientprof.experiments.counts.check_config import ConfigError, read_config
    from clientprof.experiments.counts.check_run import run_check
    from clientprof.origin.errors import OriginError
    from clientprof.workload.process import WorkerError

    if arguments.json and arguments.github:
        raise CommandError("--json and --github both print on standard output; give one", code=2)

    def say(text: str) -> None:
        if not arguments.quiet:
            print(f"clientprof: {text}", file=sys.stderr, flush=True)

    try:
        config = read_config(arguments.config)
        plan = _plan(arguments, config, public_command(command))
        if arguments.save_baseline is not None:
            return _save(arguments, plan, say)
        result = run_check(plan, say)
    except (ConfigError, BoundError, BaselineError) as error:
        raise CommandError(str(error), code=2) from None
    except (WorkerError, OriginError) as error:
        raise CommandError(str(error)) from None
    _show(result, arguments)
    return BROKEN if result.broken else 1 if result.undecided else 0


def _plan(arguments: argparse.Namespace, config: "CheckConfig", command: tuple[str, ...]) -> "CheckPlan":
    """Head and base found, built and made ready.

    Raises:
        CommandError: one cannot be had.
    """
    from clientprof.cli.arguments.arms import check_pythons, make_ready, parse_clients
    from clientprof.cli.count import check_countable
    from clientprof.experiments.counts.baseline_file import read_baseline
    from clientprof.experiments.counts.check_run import CheckPlan

    file = arguments.baseline or (None if arguments.base is not None else config.baseline)
    saving = arguments.save_baseline is not None
    base = None if file is not None or saving else arguments.base or config.base
    if file is not None and config.times and not saving:
        raise CommandError(
            "a bound on CPU needs a base that can be measured: give --base REV, not a file of counts", code=2
        )
    if base is None and file is None and not saving and (config.relative or config.times):
        raise CommandError(
            'bounds against the base need one: --base REV, base = "main" in the file, or --baseline FILE', code=2
        )
    if base is not None:
        base = _where_they_part(config.folder, base, arguments.head)
    texts = [source_of(config, arguments.head), *([] if base is None else [source_of(config, base)])]
    specs = tuple(parse_clients([text])[0] for text in texts)
    python = arguments.python or config.python
    check_pythons(specs, python)
    for each in config.scenarios:
        check_countable(specs, each.scenario)
    subjects = make_ready(specs, python, quiet=arguments.quiet)

    def of_file(heads: "Sequence[ExactCounts]") -> "tuple[ExactCounts, ...]":
        assert file is not None
        return read_baseline(file, heads)

    name = None if base is None else subjects[1].label
    return CheckPlan(
        config=config,
        head=subjects[0],
        base=None if base is None else subjects[1],
        base_name=file.name if file is not None else name,
        bases=None if file is None or saving else of_file,
        command=command,
    )


def source_of(config: "CheckConfig", revision: str | None) -> str:
    """The client's source as other commands write it: of a revision, or (None) as it lies."""
    path = os.path.relpath(config.folder)
    return f"{config.client}@{path}" if revision is None else f"{config.client}@git:{path}@{revision}"


def _where_they_part(folder: Path, base: str, head: str | None) -> str:
    """The last commit that base and head have in common: what base got since is not the head's doing. The base itself
    where there is none.

    Raises:
        CommandError: there is no repository, or no such revision.
    """
    from clientprof.experiments.sources.errors import SourceProblem
    from clientprof.experiments.sources.git import GitFailed, git
    from clientprof.experiments.sources.resolve import repository_of

    try:
        repository, _ = repository_of(str(folder))
        commits = [repository.commit(each) for each in (base, head or "HEAD")]
    except SourceProblem as problem:
        raise CommandError(str(problem), code=2) from None
    try:
        return git(folder, "merge-base", *commits)
    except GitFailed:
        return commits[0]


def _save(arguments: argparse.Namespace, plan: "CheckPlan", say: object) -> int:
    from clientprof.cli.count import count_subjects
    from clientprof.experiments.counts.baseline_file import write_baseline

    counts = [count_subjects((plan.head,), each.scenario, quiet=arguments.quiet)[0] for each in plan.config.scenarios]
    doubtful = [each.scenario for each in counts if each.inexact]
    write_baseline(arguments.save_baseline, counts, plan.head.label)
    print(f"clientprof: counts of {plan.head.label} are in {arguments.save_baseline.name}", file=sys.stderr)
    for scenario in doubtful:
        print(f"clientprof: {scenario}: some counts are not exact; `clientprof count` names them", file=sys.stderr)
    return 0


def _show(result: "CheckResult", arguments: argparse.Namespace) -> None:
    from clientprof.cli.files.compare_files import write_text
    from clientprof.report.counts.check_texts import check_json, check_markdown, github_annotations
    from clientprof.report.counts.check_wording import bound_sentence

    if arguments.markdown is not None:
        write_text(arguments.markdown, check_markdown(result))
    if arguments.json:
        print(check_json(result))
    elif arguments.github:
        print(github_annotations(result))
        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        if summary:
            with open(summary, "a", encoding="utf-8") as file:
                file.write(check_markdown(result))
    elif not arguments.quiet:
        from clientprof.cli.console.consoles import output_console
        from clientprof.report.terminal.counts.check import print_check

        print_check(result, output_console())
    if arguments.json or (arguments.quiet and not arguments.github):
        for row in (*result.broken, *result.undecided):
            print(f"clientprof: {bound_sentence(row, result)}", file=sys.stderr)
