"""No two pieces of advice in a report set the same setting to different values, whichever findings come together."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from client_results import COLD, CONTROL, FUNCTIONS, LEDGER, client, comparison, counter, us
from clientprof.attribution.experiments.experiment_costs import Costs
from clientprof.attribution.experiments.gains import experiments_of
from clientprof.attribution.findings.causes import causes_of
from clientprof.attribution.findings.reconciling import Taken
from clientprof.attribution.findings.rules import findings_of
from clientprof.experiments.suspects import SUSPECTS
from clientprof.model.estimate import Estimate
from clientprof.model.experiments.staircase import Outcome
from clientprof.model.experiments.suspicions import Experiments, Kind, Suspicion, Trial
from clientprof.model.failures import Cause, Closings, FailedRequest, Idleness
from clientprof.model.findings import Finding, SharedCause
from clientprof.model.growth.aging import AgingCost
from clientprof.model.knobs import Knob, Turn, Way
from clientprof.model.layers import Layer
from clientprof.model.ledger.off_cpu import OffCpu, OffCpuCost
from clientprof.model.phases import Phase
from clientprof.model.results import ClientResult, InFlight

NONE, CLOCK, ROOM = Idleness(0, 0), Idleness(90, 80, 5.0, 5.4), Idleness(90, 0)
SERVER_FIRST = Idleness(5, 5, 3.0, 3.2)


def failed(cause: Cause, *, idle_ms: float | None = None) -> FailedRequest:
    return FailedRequest(
        1, "ReadError", cause, 9.0, connection=1, served_before=3, given_ms=9.0, closed_ms=5.0, answered_ms=5.0,
        held_ms=80.0, idle_ms=idle_ms,
    )  # fmt: skip


AGING = AgingCost((100.0, 1000.0, 10000.0), (10.0, 100.0, 1000.0), Estimate(1.0, 0.9, 1.1, "log-log slope", 3), True)


def ill(closings: Closings, idle_ms: float) -> ClientResult:
    """A client with everything that advice on settings is about, at once."""
    return client(
        in_flight=InFlight(512, 100, 100, streams=True, allowed=100),
        cold=replace(COLD, connects_by_origin=512, name_lookups=500),
        control=replace(CONTROL, errors={"PoolTimeout": 3, "ReadTimeout": 4}),
        ledger=replace(LEDGER, loop_idle_us=0.1),
        functions=(
            replace(FUNCTIONS[0], calls_per_request=300.0),
            replace(FUNCTIONS[0], function="has_expired", calls_per_request=50.0),
        ),
        counters=(
            counter("connections_accepted_per_1000_requests", 990.0),
            counter("pool_passes_per_request", 14.0, 2.0),
            counter("assignments_per_request", 6.0, 1.0),
            counter("socket_polls_per_request", 50.0, 1.0),
        ),
        failures=(
            failed(Cause.CLOSED_BY_CLIENT, idle_ms=idle_ms), failed(Cause.CLOSED_BY_SERVER), failed(Cause.LOOP_BUSY)
        ),
        closings=closings,
        aging=(AGING,),
        off_cpu=tuple(
            OffCpuCost(OffCpu.AWAITED, Layer.POOL, "h2", "slot", "h2.py", 1, "package", by, us(500.0), Phase.SEND, 0.5)
            for by in ("asyncio.locks.Semaphore.acquire", "asyncio.tasks.sleep")
        ),
    )  # fmt: skip


def turned(causes: Sequence[SharedCause]) -> list[Turn]:
    return [turn for cause in causes for turn in (*cause.turns, *(t for each in cause.findings for t in each.turns))]


def contradictions(turns: Sequence[Turn]) -> list[tuple[Turn, Turn]]:
    return [(one, other) for one, other in itertools.combinations(turns, 2) if one.contradicts(other)]


ILLS = [
    ill(Closings(client, server), idle_ms)
    for client in (NONE, CLOCK, ROOM)
    for server in (NONE, SERVER_FIRST)
    for idle_ms in (2.0, 5_000.0)
]
# Words that name a setting, in the texts of remedies.
SPOKEN = {
    Knob.CONNECTIONS: r"connection limit|limit of connections",
    Knob.KEPT: r"keep-alive limit",
    Knob.EXPIRY: r"keep-alive expiry",
    Knob.POOL_TIMEOUT: r"pool timeout",
    Knob.TIMEOUT: r"(?<!pool )timeout\b",
    Knob.REQUESTS: r"requests at once",
    Knob.CLIENTS: r"several clients",
    Knob.LIFETIME: r"(Keep|Build) one client|a new client",
}


@pytest.mark.parametrize("subject", ILLS, ids=str)
def test_what_is_advised_about_all_findings_together_can_be_followed(subject: ClientResult) -> None:
    found = findings_of(subject, comparison())
    assert contradictions([turn for each in found for turn in each.turns]), "nothing to reconcile: the test cannot fail"
    causes = causes_of(found, subject)
    assert not contradictions(turned(causes))
    assert all(each.remedy for cause in causes for each in cause.findings)


def test_any_two_findings_together_can_be_followed() -> None:
    every = {each.id: each for subject in ILLS for each in findings_of(subject, comparison())}
    assert len(every) >= 14
    for pair in itertools.combinations(every.values(), 2):
        assert not contradictions(turned(causes_of(pair, ILLS[0]))), [each.id for each in pair]


def test_a_setting_that_a_remedy_names_is_one_that_it_turns() -> None:
    every = [each for subject in ILLS for each in findings_of(subject, comparison())]
    for each in every:
        named = {knob for knob, words in SPOKEN.items() if re.search(words, each.remedy)}
        assert named <= {turn.knob for turn in each.turns} | elsewhere(each), each.id
        assert all(turn.text and turn.text in each.remedy for turn in each.turns), each.id


def elsewhere(finding: Finding) -> set[Knob]:
    """A sentence may name the setting that another is made equal to."""
    return {Knob.CONNECTIONS} if "as the connection limit" in finding.remedy else set()


def test_connections_that_were_idle_for_long_are_a_matter_of_the_expiry_and_not_of_the_limits() -> None:
    findings = {each.id: each for each in findings_of(ill(Closings(CLOCK, NONE), 5_000.0), None)}
    assert "keepalive-eviction" not in findings
    for name in ("keepalive-expiry", "closed-under-a-request"):
        assert "Raise the client's keep-alive expiry, 5.0 s here" in findings[name].remedy
        assert "limit" not in findings[name].remedy
    # Those closed for want of room need room.
    assert "above the number of hosts" in next(
        each.remedy for each in findings_of(ill(Closings(ROOM, NONE), 2.0), None) if each.id == "closed-under-a-request"
    )


def test_a_server_that_closes_idle_connections_bounds_the_expiry_for_all_findings() -> None:
    causes = causes_of(findings_of(ill(Closings(CLOCK, SERVER_FIRST), 5_000.0), None), ILLS[0])
    advised = {turn.text for turn in turned(causes) if turn.knob is Knob.EXPIRY}
    assert advised == {
        "Set the client's keep-alive expiry below 3.0 s: from then on the server closes idle connections."
    }


def test_what_experiments_confirmed_outranks_the_rules() -> None:
    more = Taken((Turn(Knob.CONNECTIONS, Way.UP), Turn(Knob.KEPT, Way.UP)), "Allow as many connections as requests.")
    causes = causes_of(findings_of(ILLS[0], None), ILLS[0], (more,))
    assert not contradictions([*more.turns, *turned(causes)])
    (pool,) = (cause for cause in causes if cause.id == "pool")
    assert pool.warning == ""


def test_settings_of_suspects_are_known_where_their_code_sets_them() -> None:
    settings = [suspect for suspect in SUSPECTS.values() if suspect.kind is Kind.SETTING]
    assert settings
    for suspect in settings:
        sets = re.search(r"Limits\(|Semaphore|limit=|pool=|keepalive_expiry", suspect.code)
        assert bool(suspect.turns) or not sets, suspect.id


def test_of_confirmed_remedies_that_set_one_setting_the_better_one_is_advised() -> None:
    turns = {
        "more": (Turn(Knob.CONNECTIONS, Way.UP, to=512), Turn(Knob.KEPT, Way.UP, to=512)),
        "kept": (Turn(Knob.KEPT, Way.UP, to=100),),
        "queue": (Turn(Knob.REQUESTS, Way.DOWN, to=100),),
    }
    costs = {"more": 400.0, "kept": 700.0, "queue": 800.0, "client": 1000.0, "client again": 1000.0}
    held = Experiments(
        "client",
        tuple(
            Suspicion(name, Kind.SETTING, Layer.POOL, "", "", None, remedy=name, turns=turns[name]) for name in turns
        ),
        tuple(Trial(name, (name,)) for name in turns),
    )
    groups = tuple({name: cost * (1 + 0.001 * block) for name, cost in costs.items()} for block in range(4))
    rows = {row.suspicion.id: row for row in experiments_of(held, Costs("client", groups))}
    assert {row.outcome for row in rows.values()} == {Outcome.CONFIRMED}
    assert {name: row.instead_of for name, row in rows.items()} == {"more": None, "kept": "more", "queue": None}
