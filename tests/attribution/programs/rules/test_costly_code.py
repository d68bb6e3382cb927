"""What fills a busy loop in short steps is told, whether it is the program's own code or a client's; a little is not."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from clientprof.model.layers import Layer
from clientprof.model.programs.results import ProgramResult
from clientprof.model.run import StepOwner
from clientprof.model.samples import Boundary, CodeLocation
from programs_by_hand import BEGUN, MS, SITE
from recordings import boundary, code
from sampled_loops import PARSES, result_of

READS = CodeLocation("app", "reads", "app.py", 60, "app")
COPIES = code("copy", "deepcopy", "stdlib")
MOUNTS = code("httpx._utils", "URLPattern.matches", "package")
API = (boundary(MOUNTS, Layer.API),)


def steps_of(
    own: CodeLocation = COPIES, *, each_ms: int = 4, share: float = 0.5, idle_ms: int = 0, requests: int = 100,
    bounds: tuple[Boundary, ...] = (), beside: Sequence[CodeLocation] = (READS,),
) -> ProgramResult:  # fmt: skip
    """Two hundred steps; ``own`` under ``PARSES`` takes ``share`` of them, and the rest is other code, ``beside`` it."""
    steps, samples, at = [(0, 0)], [], 1
    for number in range(200):
        steps += [(at, -1), (at + each_ms, int(StepOwner.WAIT))]
        mine = int((number + 1) * share) > int(number * share)
        samples.append((BEGUN + (at + each_ms - 1) * MS, each_ms * MS, 0 if mine else 1))
        at += each_ms + idle_ms
    return result_of(
        steps, samples, at, computed_ns=200 * each_ms * MS, queued_ns=0, stacks=[[PARSES, own], beside],
        boundaries=bounds, asked_ms=at, requests=requests,
    )  # fmt: skip


ASKS = CodeLocation("app", "asks", "app.py", 5, "app")
SDK = code("sdk.session", "create_client", "package")


@pytest.mark.parametrize(("each_ms", "name"), [(3, "costly-code-on-loop"), (30, "work-should-leave-the-loop")])
@pytest.mark.parametrize(
    ("called", "builds", "cause"),
    [
        ([ASKS, SDK, COPIES], 100, "new-clients"),
        ([ASKS, COPIES], 100, None),
        ([ASKS, code("pandas.frame", "merge", "package")], 100, None),
        ([ASKS, SDK, COPIES], 1, None),
    ],
    ids=["in the SDK that builds one", "by itself", "in another package", "one client is built"],
)
def test_what_a_package_computes_that_builds_a_client_for_each_call_has_that_cause(
    each_ms: int, name: str, called: list[CodeLocation], builds: int, cause: str | None
) -> None:
    """``asks`` calls the SDK at line 7, which builds its client there."""
    steps, samples = [(0, 0)], []
    for number in range(200):
        steps += [(number * each_ms + 1, -1)]
        samples.append((BEGUN + (number + 1) * each_ms * MS, each_ms * MS, 0))
    end = 200 * each_ms + 2
    result = result_of(
        steps, samples, end, computed_ns=200 * each_ms * MS, queued_ns=0, stacks=[called], asked_ms=end, requests=100,
        clients_built=builds, sites=(replace(SITE, through=("sdk",)),),
        boundaries=tuple(boundary(each, Layer.APP) for each in called if each.origin != "stdlib"),
    )  # fmt: skip
    (found,) = [each for each in result.findings if each.id == name]
    (of_it,) = [each for each in result.causes if found in each.findings]
    assert of_it.id == (cause or name)
    assert ("sdk, which builds a client here" in found.remedy) is (cause is not None)
    assert ("sdk, which makes the requests" in found.remedy) is (builds == 1)
    if cause is not None:
        assert of_it.remedy.endswith("If sdk builds it, make one client of that package and share it.")


def told(result: ProgramResult) -> dict[str, str]:
    return {each.id: each.culprits[0].function for each in result.findings}


def test_code_of_the_program_that_fills_a_busy_loop_in_short_steps_is_told_with_its_cpu() -> None:
    result = steps_of(share=0.6, each_ms=3)
    finding = next(each for each in result.findings if each.culprits[0].function == "parses")
    assert finding.id == "costly-code-on-loop"
    assert finding.cost_us_per_request == pytest.approx(0.6 * 200 * 3e3 / 100, rel=0.02)
    assert "computes for 59.9\N{NO-BREAK SPACE}% of the event loop's busy time" in finding.title
    assert "most of it in `copy.deepcopy`" in finding.claim


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"idle_ms": 40}, "the loop is idle, and nobody waits"),
        ({"share": 0.2}, "one of several parts"),
        ({"requests": 10}, "too few requests for a figure of one"),
        ({"requests": 10_000}, "next to nothing for each request"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_it_is_not_told_where_it_does_not_matter(more: dict[str, object], why: str) -> None:
    assert "parses" not in told(steps_of(**more)).values(), why  # type: ignore[arg-type]


def test_a_long_step_is_told_once() -> None:
    assert {each.id for each in steps_of(each_ms=30).findings} == {"work-should-leave-the-loop"}


@pytest.mark.parametrize(("requests", "found"), [(100, True), (2000, False)])
def test_code_of_a_client_is_told_where_it_takes_much_more_than_usual(requests: int, found: bool) -> None:
    result = steps_of(MOUNTS, share=0.6, each_ms=3, bounds=API, requests=requests)
    assert ("client-code-fills-loop" in told(result)) is found
    if found:
        finding = next(each for each in result.findings if each.id == "client-code-fills-loop")
        assert finding.layer is Layer.API
        assert "`httpx._utils.URLPattern.matches`" in finding.claim


def test_a_client_in_debug_mode_is_not_told_beside_it() -> None:
    noted = [
        code("asyncio.format_helpers", "extract_stack", "stdlib"),
        code("traceback", "StackSummary.extract", "stdlib"),
    ]
    result = steps_of(MOUNTS, share=0.6, each_ms=3, bounds=API, beside=[READS, *noted])
    ids = {each.id for each in result.findings}
    assert "asyncio-debug-mode" in ids
    assert "client-code-fills-loop" not in ids


def test_the_answer_does_not_name_who_takes_next_to_nothing() -> None:
    """A program whose start is all that its loop is busy with: what it names is the start."""
    steps, samples = (
        [(0, -1), (300, -1), (301, int(StepOwner.WAIT))],
        [(BEGUN + MS * at, MS, 0) for at in range(1, 300, 5)],
    )
    samples.append((BEGUN + 301 * MS, MS, 1))
    result = result_of(steps, samples, 302, computed_ns=300 * MS, queued_ns=0, stacks=[[PARSES], [READS]], asked_ms=301)
    assert "under `parses`" in result.answer.sentence
