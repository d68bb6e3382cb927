"""Memory in words, for page and terminal."""

from clientprof.model.costs.memory import FunctionBytes, MemoryCosts
from clientprof.model.layers import Layer
from clientprof.model.results import ClientResult, TraceResult
from clientprof.report.writing.figures import ABSENT, decimal, interval, percent
from clientprof.report.writing.wording import client_name

TITLE = "Memory"
ABOUT = (
    "Bytes of Python's allocators, by the layer of the code that asked for them. All requests wait for the server while "
    "they are counted. What C libraries allocate by themselves (OpenSSL, the kernel's buffers) is not among them."
)
SHOWN_FUNCTIONS = 10


def size(held: float | None) -> str:
    """``41.2 kB``: thousands of bytes, with a space that does not break."""
    if held is None:
        return ABSENT
    for unit, scale in (("MB", 1e6), ("kB", 1e3)):
        if abs(held) >= scale:
            return f"{decimal(held / scale)}\u00a0{unit}"
    return f"{decimal(held, 0)}\u00a0B"


def measured(result: TraceResult) -> list[tuple[ClientResult, MemoryCosts]]:
    """The clients whose memory is known."""
    return [(client, client.memory) for client in result.clients if client.memory is not None]


def unseen(result: TraceResult) -> list[str]:
    """Why memory was not seen, where the lens ran and saw nothing."""
    return [
        f"{client_name(client)}: {note}."
        for client in result.clients
        if client.memory is None
        for note in client.notes
        if note.startswith("memory ")
    ]


def memory_sentence(client: ClientResult, memory: MemoryCosts) -> str:
    """``httpx 0.28.1: 512 requests in flight cost 41.2 kB each, 60.1 % of it in http.``"""
    largest = max((row for row in memory.layers), key=lambda row: row.per_request, default=None)
    part = "" if largest is None else f", {percent(memory.share(largest))} of it in {largest.layer}"
    requests = "1 request in flight costs" if memory.in_flight == 1 else f"{memory.in_flight:,} requests in flight cost"
    each = "" if memory.in_flight == 1 else " each"
    return f"{client_name(client)}: {requests} {size(memory.per_request)}{each}{part}."


def against(result: TraceResult, baseline: str) -> list[str]:
    """What a request in flight costs each other client, in times of the baseline's bytes."""
    held = {client.name: (client, memory.per_request) for client, memory in measured(result)}
    if baseline not in held or not held[baseline][1] > 0:
        return []
    base, least = held[baseline]
    return [
        f"A request in flight costs {client_name(client)} {decimal(each / least)}x the bytes of {client_name(base)}."
        for name, (client, each) in held.items()
        if name != baseline
    ]


def layer_rows(shown: list[tuple[ClientResult, MemoryCosts]]) -> list[list[str]]:
    """A row a layer: bytes of a request and share, for each client in turn; the sum last."""
    rows = []
    for layer in Layer:
        cells: list[str] = []
        for _, memory in shown:
            row = next((each for each in memory.layers if each.layer is layer), None)
            cells += [ABSENT, ABSENT] if row is None else [size(row.per_request), percent(memory.share(row))]
        if any(cell != ABSENT for cell in cells):
            rows.append([str(layer), *cells])
    whole = [cell for _, memory in shown for cell in (size(memory.per_request), "")]
    return [*rows, ["all layers", *whole]]


def other_rows(shown: list[tuple[ClientResult, MemoryCosts]]) -> list[list[str]]:
    """What else is known, a row each and a column a client; rows without any value are left out."""
    rows = [
        ["two looks differ by", *(percent(memory.apart) for _, memory in shown)],
        ["one request alone", *(size(memory.alone) for _, memory in shown)],
        ["sockets in flight", *(_number(memory.sockets) for _, memory in shown)],
        ["sockets idle after", *(_number(memory.idle_sockets) for _, memory in shown)],
        ["an idle connection", *(size(memory.per_connection) for _, memory in shown)],
        ["a new client", *(size(memory.per_client) for _, memory in shown)],
        ["garbage in cycles, a request", *(_garbage(memory) for _, memory in shown)],
        ["stays after a request", *(_stays(memory) for _, memory in shown)],
        ["resident, without tracing", *(size(memory.resident_bytes) for _, memory in shown)],
        ["resident, slope a request", *(_resident_slope(memory) for _, memory in shown)],
    ]
    return [row for row in rows if any(cell != ABSENT for cell in row[1:])]


def function_rows(memory: MemoryCosts) -> list[tuple[FunctionBytes, list[str]]]:
    """The functions that hold the most of a request: layer, bytes and blocks."""
    return [
        (row, [str(row.layer), size(row.bytes_per_request), decimal(row.blocks_per_request)])
        for row in memory.functions[:SHOWN_FUNCTIONS]
    ]


def _number(value: int | None) -> str:
    return ABSENT if value is None else f"{value:,}"


def _garbage(memory: MemoryCosts) -> str:
    return ABSENT if memory.growth is None else size(memory.growth.garbage_bytes.value)


def _stays(memory: MemoryCosts) -> str:
    if memory.growth is None:
        return ABSENT
    traced = memory.growth.traced
    return f"{size(traced.value)} {interval(traced, 0)}".rstrip()


def _resident_slope(memory: MemoryCosts) -> str:
    resident = None if memory.growth is None else memory.growth.resident
    return ABSENT if resident is None else f"{size(resident.value)} {interval(resident, 0)}".rstrip()
