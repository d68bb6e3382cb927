"""Every answer is verified, every failure is counted by type, and nothing is lost between rounds."""

import asyncio
from array import array
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from clientprof.clients import CLIENTS
from clientprof.clients.adapter import Answer, AsyncAdapter, ClientOptions, Request
from clientprof.clients.httpx_client import HttpxAdapter
from clientprof.model.run import RoundKind
from clientprof.origin.process import OriginProcess
from clientprof.probes.exchange import EXCHANGE
from clientprof.recording.clock import clock_identity, parse_stamps
from clientprof.recording.recorder import Recorder
from clientprof.workload.drivers.asyncio_driver import AsyncioDriver
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.rounds import Rounds
from clientprof.workload.sequence import Close, Open, Operations, Round
from measurable_clients import LOOPED

N = 8


def run_rounds(
    url: str,
    *,
    client: str = "httpx",
    kinds: tuple[RoundKind, ...] = (RoundKind.MEASURED,),
    status: int = 200,
    size: int | None = 1024,
    adapter: HttpxAdapter | None = None,
    tagged: bool = False,
    on_begin: Callable[[RoundKind], None] = lambda _: None,
    on_end: Callable[[RoundKind], None] = lambda _: None,
) -> tuple[Rounds, dict[str, "array[int]"]]:
    """Rounds of one client against the URL; the rounds object and the columns."""
    chosen, recorder = adapter or CLIENTS[client](), Recorder()
    assert isinstance(chosen, AsyncAdapter)
    rounds = Rounds(
        recorder, [Request(url)], status, size, stamp_header="x-clientprof-ns",
        parse_stamps=lambda text: parse_stamps(text, clock_identity()), on_begin=on_begin, on_end=on_end,
    )  # fmt: skip

    def operations() -> Operations:
        yield Open(ClientOptions())
        for kind in kinds:
            yield Round(N, kind)
        yield Close()
        return len(kinds)

    AsyncioDriver(chosen, rounds, Scenario(N), asyncio.SelectorEventLoop, tagged=tagged).drive(operations())
    return rounds, recorder.columns()


def errors(rounds: Rounds, columns: dict[str, "array[int]"]) -> dict[str, int]:
    names = list(rounds.error_types)
    return dict(Counter(names[number - 1] for number in columns["exchange.error"] if number))


@pytest.mark.parametrize("client", LOOPED)
def test_good_answers_have_status_size_and_the_origins_stamps_inside_their_time(
    client: str, origin: OriginProcess
) -> None:
    rounds, columns = run_rounds(f"{origin.ready.base_url}/1k", client=client)
    assert errors(rounds, columns) == {}
    assert set(columns["exchange.status"]) == {200}
    assert set(columns["exchange.body_bytes"]) == {1024}
    names = ("started_ns", "received_ns", "written_ns", "ended_ns")
    for moments in zip(*(columns[f"exchange.{name}"] for name in names), strict=True):
        assert list(moments) == sorted(moments)


@pytest.mark.parametrize("client", LOOPED)
@pytest.mark.parametrize(
    ("path", "size", "expected", "text"),
    [
        ("/status/500", 1024, {"WrongStatus": N}, "status 500 instead of 200"),
        ("/status/404", None, {"WrongStatus": N}, "status 404 instead of 200"),
        ("/1k", 1000, {"WrongBody": N}, "1024 bytes instead of 1000"),
        ("/0", 1, {"WrongBody": N}, "0 bytes instead of 1"),
        ("/1500", None, {}, ""),
    ],
)
def test_a_wrong_status_or_size_is_a_failed_request(
    client: str, path: str, size: int | None, expected: dict[str, int], text: str, origin: OriginProcess
) -> None:
    rounds, columns = run_rounds(origin.ready.base_url + path, client=client, size=size)
    assert errors(rounds, columns) == expected
    assert rounds.error_texts == ([text] if text else [])


def test_another_status_may_be_the_expected_one(origin: OriginProcess) -> None:
    rounds, columns = run_rounds(f"{origin.ready.base_url}/status/503", status=503, size=None)
    assert errors(rounds, columns) == {}
    assert set(columns["exchange.status"]) == {503}


@pytest.mark.parametrize("client", LOOPED)
def test_an_exception_is_counted_by_its_type_and_its_text_is_not_kept(client: str) -> None:
    rounds, columns = run_rounds("http://127.0.0.1:1/?token=secret", client=client)
    assert sum(errors(rounds, columns).values()) == N
    assert set(columns["exchange.status"]) == {0}
    assert rounds.error_texts == [""]
    ended, started = columns["exchange.ended_ns"], columns["exchange.started_ns"]
    assert all(begin < end for begin, end in zip(started, ended, strict=True))


def test_without_an_expected_size_the_first_good_answer_sets_it(origin: OriginProcess) -> None:
    class Uneven(HttpxAdapter):
        """Fails once, then asks for one size, then another."""

        asked = 0

        async def fetch(self, client: Any, request: Request) -> Answer:
            self.asked += 1
            path = "/status/500" if self.asked == 1 else "/1k" if self.asked <= N else "/2k"
            return await super().fetch(client, Request(origin.ready.base_url + path))

    kinds = (RoundKind.MEASURED, RoundKind.MEASURED)
    rounds, columns = run_rounds("", size=None, adapter=Uneven(), kinds=kinds)
    assert errors(rounds, columns) == {"WrongStatus": 1, "WrongBody": N}


def test_warm_up_rounds_leave_no_rows_and_exchanges_are_numbered_on(origin: OriginProcess) -> None:
    kinds = (RoundKind.WARMUP, RoundKind.COLD, RoundKind.WARMUP, RoundKind.MEASURED, RoundKind.MEASURED)
    _, columns = run_rounds(f"{origin.ready.base_url}/1k", kinds=kinds)
    assert list(columns["round.kind"]) == [RoundKind.COLD, RoundKind.MEASURED, RoundKind.MEASURED]
    assert list(columns["round.first"]) == [0, N, 2 * N]
    assert list(columns["round.count"]) == [N, N, N]
    assert {len(column) for name, column in columns.items() if name.startswith("exchange.")} == {3 * N}


def test_exchanges_lie_inside_their_round_and_rounds_do_not_overlap(origin: OriginProcess) -> None:
    kinds = (RoundKind.COLD, RoundKind.MEASURED)
    _, columns = run_rounds(f"{origin.ready.base_url}/1k", kinds=kinds)
    moments: list[int] = []
    for first, begin, end in zip(
        columns["round.first"], columns["round.started_ns"], columns["round.ended_ns"], strict=True
    ):
        assert min(columns["exchange.started_ns"][first : first + N]) >= begin
        assert max(columns["exchange.ended_ns"][first : first + N]) <= end
        moments += [begin, end]
    assert moments == sorted(moments)


@pytest.mark.parametrize("tagged", [True, False])
def test_only_tagged_rounds_tell_exchanges_apart(tagged: bool, origin: OriginProcess) -> None:
    seen: list[int | None] = []

    class Looking(HttpxAdapter):
        async def fetch(self, client: Any, request: Request) -> Answer:
            seen.append(EXCHANGE.get(None))
            return await super().fetch(client, request)

    run_rounds(f"{origin.ready.base_url}/1k", adapter=Looking(), tagged=tagged)
    assert seen == (list(range(N)) if tagged else [None] * N)


def test_the_lens_hears_of_every_round_begin_and_end(origin: OriginProcess) -> None:
    heard: list[tuple[str, RoundKind]] = []
    run_rounds(
        f"{origin.ready.base_url}/1k",
        kinds=(RoundKind.COLD, RoundKind.MEASURED),
        on_begin=lambda kind: heard.append(("begin", kind)),
        on_end=lambda kind: heard.append(("end", kind)),
    )
    assert heard == [(what, kind) for kind in (RoundKind.COLD, RoundKind.MEASURED) for what in ("begin", "end")]


def test_a_refusal_that_the_load_asks_for_is_an_answer_and_no_failure() -> None:
    for refused, failed in ((503, {}), (None, {"WrongStatus": 1})):
        rounds = Rounds(
            Recorder(), [Request("http://127.0.0.1/")], 200, 5, refused_status=refused, stamp_header=None,
            parse_stamps=lambda _: None, on_begin=lambda _: None, on_end=lambda _: None,
        )  # fmt: skip
        outcome = rounds.begin(2, RoundKind.MEASURED)
        for index, answer in enumerate((Answer(200, 5, {}, None), Answer(503, 40, {}, None))):
            outcome.ended[index] = 1
            rounds.keep(outcome, index, answer)
        rounds.end(outcome)
        assert rounds.error_types == failed
