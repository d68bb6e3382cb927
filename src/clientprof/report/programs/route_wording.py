"""Sentences of a service run, for terminal and page alike."""

from clientprof.model.layers import Layer
from clientprof.model.programs.results import Holder, ServedRoute
from clientprof.model.programs.routes import RouteResult, ServiceResult
from clientprof.report.programs.program_wording import place
from clientprof.report.writing.figures import decimal, percent, ratio, ratio_places

_MOST = 3
_MUCH_BLOCKED = 0.2
_OPEN = 0.05


def ms(value_us: float | None) -> str:
    """Microseconds as milliseconds with the places that their size deserves."""
    if value_us is None:
        return decimal(None)
    return decimal(value_us / 1000, 0 if value_us >= 100_000 else 1 if value_us >= 10_000 else 2)


def holding_sentence(route: RouteResult) -> str | None:
    """Who held the loop on this route, in one sentence; None where it was not measured inside."""
    inside = route.inside
    if inside is None:
        return None
    start = (
        f"`{route.name}`: a request held the loop for {ms(inside.held_us)} ms, {ms(inside.held_cpu_us)} ms of it CPU"
    )
    top = inside.holders[0] if inside.holders else None
    if inside.blocking_us is not None and top is not None:
        clocks = f"By its own clocks the call took {ms(inside.blocking_us)} ms"
        cpu = "" if inside.blocking_cpu_us is None else f", {ms(inside.blocking_cpu_us)} ms of it CPU"
        share = percent(top.share_of_loop)
        return f"{start}. {share} of it is under {holder_name(top)}: the loop stood still. {clocks}{cpu}."
    layers = sorted(inside.held.items(), key=lambda item: -item[1])[:_MOST]
    named = ", ".join(f"{layer} {percent(us / inside.held_us)}" for layer, us in layers)
    rest = ""
    if inside.blocked_us > _MUCH_BLOCKED * inside.held_us:
        rest = f" and {ms(inside.blocked_us)} ms without CPU, as when other threads hold the interpreter's lock"
    return f"{start}{rest}: {named}."


def waiting_sentence(route: RouteResult) -> str | None:
    """What its requests waited for; None where it was not measured inside."""
    inside = route.inside
    if inside is None:
        return None
    served = inside.served
    lived = (
        f"A request lived {ms(served.wall_us)} ms{lived_bounds(served)}, {ms(served.ready_us)} ms of it ready in the queue "
        "for the loop"
    )
    if inside.blocking_us is not None and served.ready_us > 0:
        lived += (
            f", {percent(served.behind_blocking_us / served.ready_us)} of that behind other requests' blocking calls"
        )
    elif served.blame and served.ready_us > 0:
        lived += f", behind {_behind(served)}"
    if inside.pool_wait_us is not None and inside.pool_wait_us > 0.1 * served.waiting_us:
        lived += f"; {ms(inside.pool_wait_us)} ms it waited for a connection of its client's pool"
    return lived + "."


def lived_bounds(served: ServedRoute) -> str:
    """How much the two polls of the loop leave open, where it is more than a twentieth."""
    if served.high_us - served.low_us < _OPEN * served.wall_us:
        return ""
    return f" ({ms(served.low_us)} to {ms(served.high_us)})"


def _behind(served: ServedRoute) -> str:
    layers = sorted(served.blame.items(), key=lambda item: -item[1])[:_MOST]
    return ", ".join(f"{layer} {percent(us / served.ready_us)}" for layer, us in layers)


def holder_name(holder: Holder) -> str:
    """The function with its place, and what below it took the most."""
    inside = f", in `{holder.inside}`" if holder.inside else ""
    return f"`{holder.function}` ({place(holder.file, holder.line)}){inside}"


def worst_sentence(result: ServiceResult) -> str | None:
    """Why the blocking route is what it is; None where it was not measured inside."""
    blocking = next((r for r in result.routes if r.inside is not None and r.inside.blocking_us is not None), None)
    if blocking is None or blocking.inside is None:
        return None
    most = 1e6 / blocking.inside.held_us if blocking.inside.held_us > 0 else None
    return (
        f"The route `{blocking.name}` answers one request after the other: each holds the loop for "
        f"{ms(blocking.inside.held_us)} ms, so no more than {decimal(most, 0)} a second can pass, whatever else is idle."
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
        if route.inside is not None and route.inside.held_us > 0:
            for layer, us in route.inside.held.items():
                total[layer] = total.get(layer, 0.0) + us / route.inside.held_us
    return sorted(total, key=lambda layer: -total[layer])


def errors_text(route: RouteResult) -> str:
    """Failed requests by kind, ``0`` where there are none."""
    if route.control is None:
        return decimal(None)
    return ", ".join(f"{count:,} {kind}" for kind, count in route.control.errors.items()) or "0"


def observer_sentence(result: ServiceResult) -> str | None:
    """What looking inside costs on each route; None where nobody did."""
    parts = [f"{route.name} {decimal(route.observer, 2)}x" for route in result.routes if route.observer is not None]
    if not parts:
        return None
    return f"Observer effect: CPU per request in the measured run, relative to one without instruments: {', '.join(parts)}."


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
        "Held is of the loop's thread; CPU of other threads is in the CPU per request only.",
        "A request lived from when the app could have read it. A range beside it is what two polls of the loop leave open.",
        "Two blocks give a range, not a verdict; `clientprof trace` compares clients with an A/A check.",
    ]
    return lines
