"""CPU of threads that no sample is of: it is told, its share is of all CPU, and what it was for where that is known."""

import pytest

from client_results import client, us
from clientprof.attribution.costs.headline import other_threads_us
from clientprof.attribution.findings.causes import causes_of
from clientprof.attribution.findings.rules import findings_of
from clientprof.model.costs.tls_costs import TlsCosts, TlsPart, TlsWork
from clientprof.model.findings import Finding
from clientprof.model.layers import Layer
from clientprof.model.run import Run
from clientprof.report.writing.wording import layer_sum
from recordings import FACTS, columns

ID = "work-in-other-threads"


def finding_of(others_us: float, tls: TlsCosts | None = None) -> Finding | None:
    """Beside 100 µs of the loop's thread."""
    found = findings_of(client(other_threads_us=others_us, tls=tls), None)
    return next((each for each in found if each.id == ID), None)


def stores(us_each: float, work: TlsWork = TlsWork.STORE) -> TlsCosts:
    return TlsCosts(10, (TlsPart(work, 20, us(us_each)), TlsPart(TlsWork.WRAP, 10, us(1.0))), 0, 0, None)


def control(cpu_us: int, thread_us: int) -> Run:
    """One round of ten requests."""
    names = ("kind", "count", "cpu_ns", "thread_cpu_ns")
    return Run(FACTS, columns("round", names, [(2, 10, cpu_us * 10_000, thread_us * 10_000)]))


def test_it_is_what_the_process_took_beyond_the_thread_that_makes_requests() -> None:
    assert other_threads_us([control(500, 100), control(700, 100)]) == pytest.approx(500.0)
    assert other_threads_us([control(101, 100)]) == 0.0
    assert other_threads_us([]) == 0.0


def test_what_most_of_it_is_for_is_named() -> None:
    found = finding_of(900.0, stores(400.0))
    assert found is not None
    assert (found.layer, found.cost_us_per_request) == (Layer.TLS, 900.0)
    assert "most of it in loading trust stores" in found.title
    assert "90.0\u00a0% of httpx's CPU" in found.evidence[0]
    assert "800 µs per request" in found.evidence[1]
    assert found.code.startswith("context = ssl.create_default_context()")


@pytest.mark.parametrize(
    ("name", "line"), [("httpx2==2.12.0", "client = httpx2.AsyncClient(verify=context)"), ("rest", "")]
)
def test_the_code_is_for_the_client_asked_about(name: str, line: str) -> None:
    mine = client(name=name, other_threads_us=900.0, tls=stores(400.0))
    (code,) = [each.code for each in findings_of(mine, None) if each.id == ID]
    assert code.partition("\n")[2] == line


def test_what_is_less_than_half_of_it_is_not_named() -> None:
    found = finding_of(900.0, stores(200.0))
    assert found is not None
    assert (found.layer, found.code) == (Layer.OTHER, "")


def test_handshakes_are_no_matter_of_contexts() -> None:
    found = finding_of(900.0, stores(400.0, TlsWork.HANDSHAKE))
    assert found is not None
    assert found.code == ""


def test_little_of_it_is_no_finding() -> None:
    assert finding_of(11.0) is None


def test_its_cost_is_whole_and_its_share_of_all_cpu() -> None:
    mine = client(other_threads_us=300.0)
    (cause,) = [each for each in causes_of(findings_of(mine, None), mine) if each.id == ID]
    assert (cause.cost_us_per_request, cause.share) == (300.0, pytest.approx(0.75))
    assert layer_sum(mine).layers == "400.0"
