"""The recording's ledger against the truth: every difference in words; none is the proof."""

from array import array

from clientprof.attribution.ledger.loop_ledger import build_ledger
from clientprof.model.ledger.accounts import Ledger, PhaseRow
from clientprof.model.run import RoundKind, Run
from clientprof.proof.expected import PhaseAccount, expected_loop, expected_phases
from clientprof.proof.plan import Plan
from clientprof.proof.scripted_run import play
from clientprof.proof.truth import Truth


def prove(plan: Plan) -> list[str]:
    """Play the plan and compare; an empty list if the ledger is right to the nanosecond."""
    run, truth = play(plan)
    return differences(run, truth)


def differences(run: Run, truth: Truth) -> list[str]:
    """Where the ledger of the run's warm round differs from the truth: exchange by exchange, then the loop."""
    first, count = run.column("round.first")[-1], run.column("round.count")[-1]
    found: list[str] = []
    for exchange in range(first, first + count):
        ledger = build_ledger(only(run, exchange))
        if ledger is None:
            found.append(f"exchange {exchange} has no ledger")
            continue
        shown = {row.phase: row_ns(row) for row in ledger.phases}
        expected = {phase: account_ns(account) for phase, account in expected_phases(truth, exchange).items()}
        found += [
            f"exchange {exchange}, {phase}: {shown.get(phase)} instead of {expected.get(phase)}"
            for phase in sorted(shown.keys() | expected.keys())
            if shown.get(phase) != expected.get(phase)
        ]
    whole = build_ledger(run)
    if whole is None:
        return [*found, "the round has no ledger"]
    return found + _loop_differences(whole, truth)


def _loop_differences(ledger: Ledger, truth: Truth) -> list[str]:
    busy, idle = expected_loop(truth)
    shown = {layer: round(us * 1e3 * ledger.requests) for layer, us in ledger.loop_busy_us.items()}
    shown = {layer: ns for layer, ns in shown.items() if ns}
    found = [] if shown == busy else [f"loop busy {shown} instead of {busy}"]
    if ledger.loop_idle_us is None:
        return [*found, "the loop's idle time is unknown"]
    shown_idle = round(ledger.loop_idle_us * 1e3 * ledger.requests)
    return found if shown_idle == idle else [*found, f"loop idle {shown_idle} instead of {idle}"]


def only(run: Run, exchange: int) -> Run:
    """The run as if its warm round had been this exchange alone: then means per request are its own times."""
    row = {"kind": int(RoundKind.MEASURED), "first": exchange, "count": 1}
    row |= {name: run.column(f"round.{name}")[-1] for name in ("started_ns", "ended_ns")}
    return Run(run.facts, {**run.columns, **{f"round.{name}": array("q", [value]) for name, value in row.items()}})


def row_ns(row: PhaseRow) -> dict[str, int]:
    """A row of one exchange's ledger in whole nanoseconds, blame by layer after the states."""
    if row.cpu_us is None or row.ready_us is None:
        return {"wall": round(row.wall_us * 1e3)}
    states = {"wall": row.wall_us, "running": row.cpu_us, "ready": row.ready_us}
    return _rounded(states) | _rounded({f"by {layer}": us for layer, us in row.blame.items()}, keep_zero=False)


def account_ns(account: PhaseAccount) -> dict[str, int]:
    """The truth in the same words."""
    blame = {f"by {layer}": ns for layer, ns in account.blame_ns.items() if ns}
    return {"wall": account.wall_ns, "running": account.running_ns, "ready": account.ready_ns} | blame


def _rounded(values_us: dict[str, float], *, keep_zero: bool = True) -> dict[str, int]:
    rounded = {name: round(us * 1e3) for name, us in values_us.items()}
    return {name: ns for name, ns in rounded.items() if ns or keep_zero}
