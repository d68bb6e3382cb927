"""A block's report: the figures in a line, and a table by call site. Plain text, without rich."""

from clientprof.model.programs.recording import CallSite
from clientprof.model.watching import Costs, SiteCosts, Watched
from clientprof.report.watching.table import rows_of_costs

_MOST_SITES = 20


def report(watched: Watched) -> str:
    """The whole text, without a line break at its end."""
    lines = [in_words(watched.costs)]
    if watched.failure_types:
        kinds = sorted(watched.failure_types.items(), key=lambda item: (-item[1], item[0]))
        lines.append("Failed by " + ", ".join(f"{name} {count:,}" for name, count in kinds) + ".")
    sites = watched.call_sites[:_MOST_SITES]
    if sites:
        lines += ["", *rows_of_costs("call site", [(_label(each), each.costs) for each in sites])]
    if len(watched.call_sites) > len(sites):
        lines.append(f"  and {len(watched.call_sites) - len(sites)} more")
    lines += [f"Not watched: {note}." for note in watched.notes]
    return "\n".join(lines)


def in_words(costs: Costs) -> str:
    """The figures as a sentence."""
    return (
        f"{_many(costs.requests, 'request')}, {costs.failures:,} failed; {_many(costs.connections_opened, 'connection')} "
        f"opened, {_many(costs.handshakes, 'handshake')}; {costs.pool_wait_s:.3f} s waiting for a connection, "
        f"{costs.blocked_s:.3f} s an event loop stood still."
    )


def _many(count: int, name: str) -> str:
    return f"{count:,} {name}{'' if count == 1 else 's'}"


def _label(each: SiteCosts) -> str:
    return f"{each.client}  {place(each.site)}"


def place(site: CallSite | None) -> str:
    """The line in words."""
    if site is None:
        return "no line of the program"
    through = f" through {', '.join(site.through)}" if site.through else ""
    return f"{site.file}:{site.line} {site.function}{through}"
