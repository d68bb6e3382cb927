"""A block's report: the figures in a line, and a table by call site. Plain text, without rich."""

from clientprof.model.costs.watching import Costs, SiteCosts, Watched
from clientprof.report.watching.table import rows_of_costs

MOST_SITES = 20


def report(watched: Watched) -> str:
    """The whole text, without a line break at its end."""
    lines = [in_words(watched.costs)]
    if watched.failure_types:
        kinds = sorted(watched.failure_types.items(), key=lambda item: (-item[1], item[0]))
        lines.append("Failed by " + ", ".join(f"{name} {count:,}" for name, count in kinds) + ".")
    sites = watched.call_sites[:MOST_SITES]
    if sites:
        lines += ["", *rows_of_costs("call site", [(_labels(each), each.costs) for each in sites])]
    if len(watched.call_sites) > len(sites):
        lines.append(f"  and {len(watched.call_sites) - len(sites)} more")
    lines += [f"Not watched: {note}." for note in watched.notes]
    return "\n".join(lines)


def in_words(costs: Costs) -> str:
    """The figures as two lines."""
    return (
        f"{_many(costs.requests, 'request')}, {costs.failures:,} failed; {_many(costs.connections_opened, 'connection')} "
        f"opened, {_many(costs.handshakes, 'handshake')}.\n{costs.pool_wait_s:.3f} s waiting for a connection, "
        f"{costs.blocked_s:.3f} s an event loop stood still."
    )


def _many(count: int, name: str) -> str:
    return f"{count:,} {name}{'' if count == 1 else 's'}"


def _labels(each: SiteCosts) -> tuple[str, ...]:
    """What the row may be called, the longest first."""
    site = each.site
    if site is None:
        return (f"{each.client}  no line of the program",)
    through = f" through {', '.join(site.through)}" if site.through else ""
    short = f"{site.file.rpartition('/')[2]}:{site.line}"
    return tuple(
        f"{each.client}  {place}"
        for place in (
            f"{site.file}:{site.line} {site.function}{through}", f"{short} {site.function}{through}",
            f"{short} {site.function}", f"{short} {site.function.rpartition('.')[2]}", short,
        )
    )  # fmt: skip
