"""Rules about connections, look-ups and clients: what is needless is a finding, what had to be is none."""

from dataclasses import replace

import pytest

from clientprof.model.phases import Mark
from clientprof.model.programs.recording import ClientName, Settings
from clientprof.model.run import StepOwner
from programs_by_hand import HTTPX, SITE, Made, Program

BLOCKING = ClientName("requests", "1", blocking=True)


def ids(program: Program) -> list[str]:
    return [finding.id for finding in program.result().findings]


def calls(count: int, *, threads: int = 1, lookup: bool = False, clients: int = 0) -> list[Made]:
    """Calls one after the other in each of the threads; each with a look-up, or the first of each thread only."""
    found = []
    for number in range(count):
        start = 20 * (number // threads)
        first = number < threads
        marks = [(Mark.POOL_ACQUIRED, start), (Mark.RELEASED, start + 10)]
        looked = [(start, start + 5)] if lookup or first else []
        instance = number % clients if clients else -1
        found.append(Made(start, start + 10, marks, lookups=looked, thread=number % threads, instance=instance))
    return found


def test_a_look_up_for_each_call_is_a_finding_with_what_each_takes() -> None:
    (finding,) = Program(calls(30, lookup=True)).result().findings
    assert finding.id == "names-looked-up-again"
    assert finding.claim.startswith("Each takes 5.00 ms")
    assert "967 look-ups per 1,000 requests beyond the first" in finding.evidence[0]


def test_the_first_look_up_of_each_connection_in_use_at_once_is_no_finding() -> None:
    assert ids(Program(calls(30, threads=8))) == []


def test_an_address_is_no_name() -> None:
    assert ids(Program(calls(30, lookup=True), host="127.0.0.1")) == []
    assert ids(Program(calls(30, lookup=True), host="[::1]")) == []


def test_a_client_for_each_call_is_a_finding() -> None:
    assert ids(Program(calls(24, clients=24), clients_built=24, client=BLOCKING)) == ["client-per-call"]


def test_a_client_for_each_call_takes_the_making_of_its_connections_too() -> None:
    marks = ((Mark.DNS_START, 0), (Mark.DNS_END, 2), (Mark.TCP_START, 2), (Mark.TCP_END, 6), (Mark.RELEASED, 9))
    made = [Made(20 * n, 20 * n + 10, [(kind, 20 * n + at) for kind, at in marks], instance=n) for n in range(24)]
    steps = [step for n in range(24) for step in ((20 * n, n), (20 * n + 1, int(StepOwner.WAIT)))]
    findings = Program(made, steps=[*steps, (480, -1)], clients_built=24).result().findings
    (found,) = (each for each in findings if each.id == "client-per-call")
    assert found.off_cpu_us_per_request == pytest.approx(6_000)
    assert "making one takes 6.00 ms of each request" in found.claim


@pytest.mark.parametrize(
    ("rounds", "said"), [(1, "client-per-call"), (2, "connections-not-reused")], ids=["ends with it", "closed earlier"]
)
def test_new_connections_are_the_clients_where_each_opens_what_it_has_in_flight(rounds: int, said: str) -> None:
    """Twelve clients, each for three calls at once, once or again: the second three need no new connection of it."""
    marks = ((Mark.TCP_START, 0), (Mark.TCP_END, 6), (Mark.POOL_ACQUIRED, 6), (Mark.RELEASED, 9))
    turns = [(20 * (client * rounds + turn), client) for client in range(12) for turn in range(rounds)]
    made = [
        Made(at, at + 10, [(kind, at + when) for kind, when in marks], instance=client, thread=thread)
        for at, client in turns
        for thread in range(3)
    ]
    opened = [(n, each.started, each.ended - 1) for n, each in enumerate(made)]
    steps = [(0, -1), (1, int(StepOwner.WAIT)), (900, -1)]
    program = Program(made, clients_built=12, connections=opened, steps=steps)
    (found,) = (each for each in program.result().findings if each.id in ("client-per-call", "connections-not-reused"))
    assert found.id == said
    assert found.off_cpu_us_per_request == pytest.approx(6_000)
    assert ("its connections end with it" in found.claim) is (rounds == 1)


@pytest.mark.parametrize("calls_made", [10, 40])
def test_a_client_for_each_thread_is_none(calls_made: int) -> None:
    made = calls(calls_made, threads=10, clients=10)
    assert ids(Program(made, clients_built=10, client=BLOCKING)) == []


@pytest.mark.parametrize(
    ("idle", "needed", "said"),
    [
        (20, 1, "not for its limit: it keeps up to 20"),
        (1, 3, "beyond `max_keepalive"),
        (None, 3, "whose limits are not known here; no more than 3"),
    ],
)
def test_connections_that_the_client_may_keep_are_closed_for_another_reason(
    idle: int | None, needed: int, said: str
) -> None:
    """The server says `Connection: close`, and httpx closes: to keep more would change nothing."""
    marks = ((Mark.TCP_START, 0), (Mark.TCP_END, 6), (Mark.POOL_ACQUIRED, 6), (Mark.RELEASED, 9))
    starts = [20 * (n // needed) for n in range(60)]
    made = [Made(at, at + 10, [(kind, at + when) for kind, when in marks], instance=0) for at in starts]
    program = Program(
        made,
        clients_built=1,
        settings=Settings(limit=100, idle=idle),
        connections=[(n, at, at + 9) for n, at in enumerate(starts)],
        client=HTTPX,
        steps=[(0, -1), (1, int(StepOwner.WAIT)), (1300, -1)],
        end=1300,
    )
    (found,) = (each for each in program.result().findings if each.id == "connections-not-reused")
    assert said in found.evidence[1]
    assert ("max_keepalive" in found.remedy) is (idle is not None and idle < needed)


@pytest.mark.parametrize(
    ("gap", "told"), [(2, True), (23, True), (-5, False)], ids=["one-after-the-other", "with-much-between", "at-once"]
)
def test_clients_that_may_each_have_a_loop_of_their_own_are_not_just_to_be_shared(gap: int, told: bool) -> None:
    """``asyncio.run`` for each call runs a loop for each, and no client can be used on two."""
    made = [Made((10 + gap) * n, (10 + gap) * n + 10, instance=n) for n in range(30)]
    steps = [(0, -1), (1, int(StepOwner.WAIT)), (1000, -1)]
    result = Program(made, clients_built=30, steps=steps, end=1000).result()
    (found,) = (each for each in result.findings if each.id == "client-per-call")
    assert ("on one event loop only" in found.remedy) is told
    assert found.culprits[0].function == SITE.function


@pytest.mark.parametrize("number", [0, 1], ids=["this-session", "another-session"])
def test_a_client_that_is_told_to_keep_no_connection_is_told_so(number: int) -> None:
    """And another session's connector is no reason for what this one opens."""
    marks = ((Mark.TCP_START, 0), (Mark.TCP_END, 6), (Mark.POOL_ACQUIRED, 6), (Mark.RELEASED, 9))
    made = [Made(20 * n, 20 * n + 10, [(kind, 20 * n + at) for kind, at in marks], instance=number) for n in range(30)]
    program = Program(
        made,
        clients_built=2,
        settings=Settings(idle=0),
        settings_of_others=(Settings(),),
        connections=[(n, 20 * n, 20 * n + 9) for n in range(30)],
        steps=[(0, -1), (1, int(StepOwner.WAIT)), (1000, -1)],
        client=ClientName("aiohttp", "3", blocking=False),
    )
    (found,) = program.result().findings
    assert ("`force_close`" in found.evidence[1]) is (number == 0)
    assert found.remedy.startswith("Make the connector without `force_close`") is (number == 0)


@pytest.mark.parametrize(
    ("error", "told"), [("aiohttp.ClientResponseError", True), ("aiohttp.ServerDisconnectedError", False)]
)
def test_an_answer_for_which_the_client_raises_breaks_no_connection(error: str, told: bool) -> None:
    marks = ((Mark.TCP_START, 0), (Mark.TCP_END, 6), (Mark.POOL_ACQUIRED, 6), (Mark.RELEASED, 9))
    made = [
        Made(20 * n, 20 * n + 10, [(kind, 20 * n + at) for kind, at in marks], error=error if n % 10 else "")
        for n in range(30)
    ]
    program = Program(
        made,
        connections=[(n, 20 * n, 20 * n + 9) for n in range(30)],
        steps=[(0, -1), (1, int(StepOwner.WAIT)), (1000, -1)],
    )
    assert ("connections-not-reused" in ids(program)) is told


@pytest.mark.parametrize("others", [0, 30, 90])
def test_what_a_finding_takes_is_a_mean_over_all_requests_of_the_program(others: int) -> None:
    """Only so can findings of call sites with few and with many requests be compared and added."""
    marks = ((Mark.TCP_START, 0), (Mark.TCP_END, 6), (Mark.POOL_ACQUIRED, 6), (Mark.RELEASED, 9))
    made = [Made(20 * n, 20 * n + 10, [(kind, 20 * n + at) for kind, at in marks]) for n in range(30)]
    made += [Made(600 + n, 601 + n, site=1) for n in range(others)]
    opened = [(n, 20 * n, 20 * n + 9) for n in range(30)]
    program = Program(made, sites=(SITE, replace(SITE, line=8)), connections=opened, client=BLOCKING)
    (finding,) = program.result().findings
    assert finding.id == "connections-not-reused"
    assert finding.claim == "A request there spends 6.00 ms on making connections, on average."
    # What helps is the remedy's matter: another finding may know one that goes against it.
    assert finding.evidence[1] == "the client closes them"
    assert finding.off_cpu_us_per_request == pytest.approx(6_000 * 30 / (30 + others))


@pytest.mark.parametrize("through", [(), ("search_sdk", "its_transport")], ids=["the-program-s", "an-sdk-s"])
def test_a_limit_that_a_package_sets_is_looked_for_among_its_options(through: tuple[str, ...]) -> None:
    made = []
    for number in range(40):
        turn = 50 * (number // 4)
        marks = [(Mark.POOL_ENQUEUE, 1), (Mark.POOL_ACQUIRED, 1 + turn), (Mark.RELEASED, 50 + turn)]
        made.append(Made(1, 50 + turn, marks, instance=0))
    program = Program(
        made,
        clients_built=1,
        settings=Settings(limit=4),
        connections=[(number, 1, 0) for number in range(4)],
        sites=(replace(SITE, through=through),),
        steps=[(0, -1), (1, int(StepOwner.WAIT)), (1000, -1)],
    )
    (found,) = (each for each in program.result().findings if each.id == "fewer-connections-than-requests")
    assert "max_connections=40" in found.code
    assert ("If search_sdk builds the client, look for" in found.remedy) is bool(through)
