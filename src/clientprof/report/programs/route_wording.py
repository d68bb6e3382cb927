"""Sentences of a service run, for terminal and page alike."""

from clientprof.model.layers import Layer
from clientprof.model.programs.routes import Holder, RouteLedger, RouteResult, ServiceResult
from clientprof.report.writing.figures import decimal, percent, ratio, ratio_places

_MOST = 3
_MUCH_BLOCKED = 0.2


def ms(value_us: float | None) -> str:
    """Microseconds as milliseconds with the places that their size deserves."""
    if value_us is None:
        return decimal(None)
    return decimal(value_us / 1000, 0 if value_us >= 100_000 else 1 if value_us >= 10_000 else 2)


def holding_sentence(route: RouteResult) -> str | None:
    """Who held the loop on this route, in one sentence; None without a ledger."""
    ledger = route.ledger
    if ledger is None:
        return None
    start = (
        f"`{route.name}`: a request held the loop for {ms(ledger.held_us)} ms, {ms(ledger.held_cpu_us)} ms of it CPU"
    )
    top = ledger.holders[0] if ledger.holders else None
    if ledger.own_hold_us is not None and top is not None:
        return (
            f"{start}. {percent(top.held_us / ledger.held_us)} of it is {_holder(top)}: the loop stood still. "
            f"The route's own clocks say {ms(ledger.own_hold_us)} ms, {ms(ledger.own_hold_cpu_us)} ms of it CPU."
        )
    layers = sorted(ledger.held.items(), key=lambda item: -item[1])[:_MOST]
    named = ", ".join(f"{layer} {percent(us / ledger.held_us)}" for layer, us in layers)
    rest = ""
    if ledger.blocked_us > _MUCH_BLOCKED * ledger.held_us:
        rest = f" and {ms(ledger.blocked_us)} ms without CPU, as when other threads hold the interpreter's lock"
    return f"{start}{rest}: {named}."


def waiting_sentence(route: RouteResult) -> str | None:
    """What its requests waited for; None without a ledger."""
    ledger = route.ledger
    if ledger is None:
        return None
    lived = f"A request lived {ms(ledger.wall_us)} ms, {ms(ledger.ready_us)} ms of it ready in the queue for the loop"
    if ledger.blame_on_hold_us is not None and ledger.ready_us > 0:
        lived += f", {percent(ledger.blame_on_hold_us / ledger.ready_us)} of that behind other requests' blocking calls"
    elif ledger.blame and ledger.ready_us > 0:
        lived += f", behind {_behind(ledger)}"
    if ledger.pool_wait_us is not None and ledger.pool_wait_us > 0.1 * ledger.waiting_us:
        lived += f"; {ms(ledger.pool_wait_us)} ms it waited for a connection of its client's pool"
    return lived + "."


def _behind(ledger: RouteLedger) -> str:
    layers = sorted(ledger.blame.items(), key=lambda item: -item[1])[:_MOST]
    return ", ".join(f"{layer} {percent(us / ledger.ready_us)}" for layer, us in layers)


def _holder(holder: Holder) -> str:
    through = f", called through `{holder.through}`" if holder.through else ""
    caller = f" in the route `{holder.caller}`" if holder.caller else ""
    return f"`{holder.function}`{through}{caller}"


def worst_sentence(result: ServiceResult) -> str | None:
    """Why the blocking route is what it is; None where it was not measured with a ledger."""
    blocking = next((r for r in result.routes if r.ledger is not None and r.ledger.own_hold_us is not None), None)
    if blocking is None or blocking.ledger is None:
        return None
    most = 1e6 / blocking.ledger.held_us if blocking.ledger.held_us > 0 else None
    return (
        f"The route `{blocking.name}` answers one request after the other: each holds the loop for "
        f"{ms(blocking.ledger.held_us)} ms, so no more than {decimal(most, 0)} a second can pass, whatever else is idle."
    )


def comparison_sentence(result: ServiceResult) -> str | None:
    """How far the one client stands behind the other, with the range of the blocks; None where not both were measured."""
    compared = result.comparison
    if compared is None:
        return None
    speed, cpu = compared.requests_per_second, compared.cpu
    return (
        f"Against {compared.baseline}, the route with {compared.candidate} gave {ratio(speed)} the requests per second"
        f"{_blocks(speed.low, speed.high)} at {ratio(cpu)} the CPU per request{_blocks(cpu.low, cpu.high)}."
    )


def _blocks(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return ""
    ends = dict.fromkeys(f"{decimal(end, ratio_places(end))}x" for end in (low, high))
    return f" ({'from block to block ' if len(ends) > 1 else 'in every block '}{' to '.join(ends)})"


def held_layers(result: ServiceResult) -> list[Layer]:
    """The layers that held any loop, the one that held most first."""
    total: dict[Layer, float] = {}
    for route in result.routes:
        if route.ledger is not None and route.ledger.held_us > 0:
            for layer, us in route.ledger.held.items():
                total[layer] = total.get(layer, 0.0) + us / route.ledger.held_us
    return sorted(total, key=lambda layer: -total[layer])


def errors_text(route: RouteResult) -> str:
    """Failed requests by kind, ``0`` where there are none."""
    if route.control is None:
        return decimal(None)
    return ", ".join(f"{count:,} {kind}" for kind, count in route.control.errors.items()) or "0"


def observer_sentence(result: ServiceResult) -> str | None:
    """What the ledger costs on each route; None where it was not measured."""
    parts = [f"{route.name} {decimal(route.observer, 2)}x" for route in result.routes if route.observer is not None]
    if not parts:
        return None
    return f"Observer effect, CPU per request under the ledger as a multiple of none: {', '.join(parts)}."


def remarks(result: ServiceResult) -> list[str]:
    """What the figures are and what they are not."""
    control = next((route.control for route in result.routes if route.control is not None), None)
    lines = []
    if control is not None and control.generator == "wrk":
        lines.append(
            "wrk corrects its percentiles for coordinated omission, and leaves out what is under way when its time is up."
        )
    lines += [
        "Held without CPU means blocked in a call, waiting for the interpreter's lock, or without a core.",
        "The ledger sees the loop's thread; CPU of other threads is in the CPU per request only.",
        "Two blocks give a range, not a verdict; `clientprof trace` compares clients with an A/A check.",
    ]
    return lines
