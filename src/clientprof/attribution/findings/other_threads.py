"""Work that a client does outside its loop's thread: no layer has it, for samples are of the loop's thread."""

from clientprof.attribution.findings.subject import Subject
from clientprof.model.client_names import client_of
from clientprof.model.costs.tls_costs import TlsCosts, TlsWork
from clientprof.model.findings import Finding
from clientprof.model.layers import Layer

_MUCH = 0.1
_DOES = {
    TlsWork.CLIENT: "making clients",
    TlsWork.CONTEXT: "making TLS contexts",
    TlsWork.STORE: "loading trust stores",
    TlsWork.WRAP: "wrapping connections in TLS",
    TlsWork.HANDSHAKE: "TLS handshakes",
}


def work_in_other_threads(subject: Subject) -> Finding | None:
    """Much of the CPU is spent outside of the loop's thread; what for is known where the TLS engine did it."""
    spent_us = subject.client.other_threads_us
    if spent_us <= _MUCH * subject.total_us:
        return None
    of_tls = _tls_us(subject.client.tls)
    work, tls_us = max(of_tls.items(), key=lambda item: item[1], default=(TlsWork.STORE, 0.0))
    # What takes more than half of it is most of it, whichever threads did the rest.
    named = tls_us > spent_us / 2
    doing = f", most of it in {_DOES[work]}" if named else ""
    evidence = [f"{subject.share(spent_us)}, by the clock of the process less that of the thread that makes requests"]
    if named:
        evidence.append(
            f"{_DOES[work]} takes {tls_us:,.0f} µs per request in the ledger's run, by the clocks of its threads"
        )
    store = named and work is not TlsWork.HANDSHAKE
    return Finding(
        id="work-in-other-threads",
        title=f"{subject.name} spends {spent_us:,.0f} µs of CPU per request outside the event loop's thread{doing}",
        layer=Layer.TLS if named else Layer.OTHER,
        culprits=(),
        claim="Layers and functions do not show this CPU: they cover the event loop's thread alone.",
        evidence=tuple(evidence),
        remedy=(
            "Build one `ssl.SSLContext` when the program starts, and hand it to every client."
            if store
            else "Find out what the client hands to threads: `py-spy` or `perf` see them all."
        ),
        falsifier=(
            "The claim is wrong if CPU per request does not fall with one context for all clients."
            if store
            else "The claim is wrong if the process has no other thread that computes while requests are made."
        ),
        cost_us_per_request=spent_us,
        mechanism=(
            "Clients hand to a thread what would hold up the loop, such as reading certificate authorities. It takes "
            "the same CPU there."
        ),
        pointer="Do such work once and keep what it makes.",
        code=_one_context(subject.name) if store else "",
    )


def _one_context(client: str) -> str:
    package = client_of(client)
    once = "context = ssl.create_default_context()  # once"
    return f"{once}\nclient = {package}.AsyncClient(verify=context)" if package in ("httpx", "httpx2") else once


def _tls_us(costs: TlsCosts | None) -> dict[TlsWork, float]:
    """Microseconds of CPU per request by what they went to."""
    if costs is None:
        return {}
    requests = max(1, costs.requests)
    return {part.work: part.count * part.cpu_us_each.value / requests for part in costs.parts}
