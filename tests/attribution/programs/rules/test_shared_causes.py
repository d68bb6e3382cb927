"""Findings of a program put together: one story each, its time counted once, and no two remedies that contradict."""

import pytest

from clientprof.attribution.programs.rules.evidence import finding
from clientprof.attribution.programs.rules.shared_causes import reconciled, shared_causes
from clientprof.model.estimate import Estimate
from clientprof.model.findings import Finding
from clientprof.model.knobs import Knob, Turn, Way
from clientprof.model.layers import Layer
from clientprof.model.programs.results import Holder

# What the rules' remedies turn, where the pool itself is told of.
TURNED = {
    "fewer-connections-than-requests": ((Knob.CONNECTIONS, Way.UP),),
    "client-pool-holds-loop": ((Knob.CONNECTIONS, Way.NOT_UP), (Knob.KEPT, Way.NOT_UP)),
    "connections-not-reused": ((Knob.KEPT, Way.UP),),
}


def made(name: str, line: int = 1, takes_us: float | None = None, layer: Layer = Layer.APP) -> Finding:
    knobs = TURNED.get(name, ()) if layer is Layer.POOL else ()
    return finding(
        name,
        f"title of {name}",
        layer,
        ("app.py", line, "f"),
        "claim",
        (),
        f"remedy of {name}",
        "",
        off_cpu_us=takes_us,
        turns=tuple(Turn(knob, way, f"remedy of {name}") for knob, way in knobs),
    )


def holder(function: str) -> Holder:
    held = Estimate(4.0, None, None, "s", 9)
    return Holder("app.py", 3, function, "app", Layer.IO, held, 0.1, 0.4, 20.0, 0.1)


@pytest.mark.parametrize(("function", "first"), [("f", "blocking-client-on-loop"), ("g", "pool")])
def test_what_the_answer_names_as_holding_the_loop_is_the_first_cause(function: str, first: str) -> None:
    """What stands in line behind a blocking call is in no figure of that call, so its own may be small."""
    causes = shared_causes((scan(1, 2.8), made("blocking-client-on-loop", 5, 0.5)), holder=holder(function))
    assert causes[0].id == first


@pytest.mark.parametrize(("context_us", "first"), [(25.0, "client-per-call"), (140.0, "tls-context-per-call")])
def test_contexts_that_take_more_than_the_clients_are_the_programs_own(context_us: float, first: str) -> None:
    """One that a client builds is a part of what the client takes."""
    (cause,) = shared_causes((made("client-per-call", 2, 30.0), made("tls-context-per-call", 1, context_us)))
    assert cause.title == f"title of {first}"
    assert cause.remedy == f"remedy of {first}"


@pytest.mark.parametrize("work", ["work-beside-requests", "work-should-leave-the-loop", "costly-code-on-loop"])
@pytest.mark.parametrize(("line", "causes"), [(2, ["new-clients"]), (9, ["new-clients", "own"])])
def test_work_where_a_client_is_built_for_each_call_is_its_building(work: str, line: int, causes: list[str]) -> None:
    made_of = shared_causes((made("client-per-call", 2, 30.0), made(work, line, 9.0)))
    assert [each.id for each in made_of] == [work if each == "own" else each for each in causes]


def leak() -> Finding:
    return made("response-never-closed", 1, None, Layer.POOL)


def short(line: int, takes_us: float) -> Finding:
    return made("fewer-connections-than-requests", line, takes_us, Layer.POOL)


def scan(line: int, takes_us: float) -> Finding:
    return made("client-pool-holds-loop", line, takes_us, Layer.POOL)


def evicted(line: int, takes_us: float) -> Finding:
    """The pool closes what it had better keep; a server that closes connections is another layer's."""
    return made("connections-not-reused", line, takes_us, Layer.POOL)


@pytest.mark.parametrize(
    ("findings", "causes"),
    [
        ((scan(1, 100.0), scan(2, 50.0)), {"pool": 150.0}),
        ((short(1, 900.0), scan(1, 100.0)), {"pool": 900.0}),
        ((evicted(1, 900.0), scan(1, 100.0)), {"pool": 900.0}),
        ((made("connections-not-reused", 1, 9.0), scan(1, 100.0)), {"pool": 100.0, "connections": 9.0}),
        (
            (made("client-per-call", 1, 6.0), made("tls-context-per-call", 1, 9.0), made("connections-not-reused", 1, 70.0)),
            {"new-clients": 70.0},
        ),
        ((made("names-looked-up-again", 1, 5.0), made("connections-not-reused", 1, 70.0)), {"connections": 70.0}),
        ((made("fewer-connections-than-requests", 1, 9.0),), {"fewer-connections-than-requests": 9.0}),
        ((leak(), short(1, 9.0)), {"unclosed-responses": 9.0}),
        ((leak(), short(2, 9.0)), {"fewer-connections-than-requests": 9.0, "unclosed-responses": None}),
        (
            (made("blocking-call", 3, 7.0), made("work-should-leave-the-loop", 3, 8.0), made("blocking-call", 4, 1.0)),
            {"blocking-call": 8.0, "blocking-call ": 1.0},
        ),
    ],
)  # fmt: skip
def test_what_is_one_story_is_one_cause_and_overlapping_time_counts_once(
    findings: tuple[Finding, ...], causes: dict[str, float]
) -> None:
    found = shared_causes(findings)
    assert [(each.id, each.time_us_per_request) for each in found] == [
        (name.strip(), us) for name, us in causes.items()
    ]
    assert sum(len(each.findings) for each in found) == len(findings)


def test_the_remedy_is_that_of_what_explains_most_and_raising_a_limit_is_never_beside_it() -> None:
    for first in ("client-pool-holds-loop", "response-never-closed"):
        (cause,) = shared_causes((short(1, 900.0), made(first, 1, 1.0, Layer.POOL)))
        assert cause.remedy == f"remedy of {first}"
        assert cause.title == f"title of {first}"
    assert "Do not raise the connection limit instead" in cause.warning


def test_no_remedy_of_a_report_undoes_another() -> None:
    server = made("connections-not-reused", 3, 5.0)
    found = reconciled((scan(1, 100.0), short(1, 900.0), evicted(2, 70.0), server), spare=False)
    remedies = {each.id: each.remedy for each in found[:-1]}
    assert set(remedies.values()) == {"remedy of client-pool-holds-loop"}
    assert found[-1] is server
    # Without the scan, more connections are the remedy.
    assert reconciled((short(1, 900.0), evicted(2, 70.0)), spare=False) == (short(1, 900.0), evicted(2, 70.0))


def test_a_loop_with_time_to_spare_can_scan_the_connections_that_requests_wait_for() -> None:
    found = reconciled((scan(1, 1.0), short(1, 900.0)), spare=True)
    assert {each.remedy for each in found} == {"remedy of fewer-connections-than-requests"}
    (cause,) = shared_causes(found, spare=True)
    assert (cause.title, cause.remedy) == (
        "title of fewer-connections-than-requests", "remedy of fewer-connections-than-requests",
    )  # fmt: skip
    assert [each.id for each in cause.findings] == ["fewer-connections-than-requests", "client-pool-holds-loop"]
    # Where nobody lacks a connection, the scan is what it is.
    assert reconciled((scan(1, 1.0), evicted(2, 9.0)), spare=True)[1].remedy == "remedy of client-pool-holds-loop"


def test_a_timeout_of_the_busy_loop_is_no_matter_of_responses() -> None:
    both = shared_causes((leak(), made("timeout-is-the-programs-own", 1, None, Layer.LOOP)))
    assert {each.id for each in both} == {"unclosed-responses", "timeout-is-the-programs-own"}
    (one,) = shared_causes((leak(), made("timeout-is-the-programs-own", 1, None, Layer.POOL)))
    assert len(one.findings) == 2


def test_what_takes_most_time_comes_first_and_places_of_one_kind_are_counted_in_the_title() -> None:
    found = shared_causes((made("client-import-holds-loop", 1, 10.0), scan(2, 99.0),
                           made("client-import-holds-loop", 3, 20.0)))  # fmt: skip
    assert [each.id for each in found] == ["pool", "missing-import"]
    assert found[1].title == "title of client-import-holds-loop, and the same at 1 more place"
    assert found[1].time_us_per_request == 30.0
