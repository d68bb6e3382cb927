"""What TLS costs, part by part, in words for page and terminal."""

from clientprof.model.costs.tls_costs import TlsCosts, TlsWork
from clientprof.model.results import TraceResult
from clientprof.report.writing.figures import ABSENT, interval, measure
from clientprof.report.writing.wording import client_name

TITLE = "TLS, part by part"
ABOUT = (
    "CPU of each client made, each TLS context, each trust store that was loaded, each connection wrapped and each "
    "handshake, in all rounds of the ledger lens but its warm-up; what lies inside another is taken out of that."
)
_NAMES = {
    TlsWork.CLIENT: "client made",
    TlsWork.CONTEXT: "TLS context made",
    TlsWork.STORE: "trust store loaded",
    TlsWork.WRAP: "connection wrapped",
    TlsWork.HANDSHAKE: "handshake",
}


def tls_table(result: TraceResult) -> tuple[list[str], list[list[str]]] | None:
    """Heads and rows, a column a client; None where no client did any TLS."""
    shown = [(client_name(client), client.tls) for client in result.clients if client.tls is not None]
    if not shown:
        return None
    rows = []
    for work, name in _NAMES.items():
        cells = [_part(costs, work) for _, costs in shown]
        if any(cell != ABSENT for cell in cells):
            rows.append([name, *cells])
    rows.append(["handshakes, resumed", *(f"{costs.handshakes:,}, {costs.resumed:,}" for _, costs in shown)])
    if any(costs.growth is not None for _, costs in shown):
        rows.append(["growth over connections", *(_growth(costs) for _, costs in shown)])
    return [name for name, _ in shown], rows


def _part(costs: TlsCosts, work: TlsWork) -> str:
    part = next((each for each in costs.parts if each.work is work), None)
    if part is None:
        return ABSENT
    return f"{measure(part.cpu_us_each.value, 'us')} x {part.count:,}"


def _growth(costs: TlsCosts) -> str:
    return ABSENT if costs.growth is None else f"{costs.growth.value:+.2f} {interval(costs.growth, 2)}"
