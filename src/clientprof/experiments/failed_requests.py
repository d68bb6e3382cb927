"""Failed requests of runs, in one line: a measurement with any has failed. What was broken off has not failed."""

from collections.abc import Sequence

from clientprof.model.run import UNFINISHED, Run


def failed_under_control(runs: Sequence[Run]) -> str | None:
    """The same of control runs only: a lens under which requests fail is left out by the analysis."""
    return failed_requests([run for run in runs if run.facts.lens == "control"])


def failed_requests(runs: Sequence[Run]) -> str | None:
    """One line about failed requests, None where there are none."""
    failed: dict[str, int] = {}
    kinds: set[str] = set()
    for run in runs:
        types = run.facts.error_types
        found = [types[error - 1] for error in run.column("exchange.error") if error]
        found = [kind for kind in found if kind != UNFINISHED]
        if found:
            failed[run.facts.client] = failed.get(run.facts.client, 0) + len(found)
            kinds.update(found)
    if not failed:
        return None
    listed = ", ".join(f"{count} of {client}" for client, count in failed.items())
    return f"requests failed ({', '.join(sorted(kinds))}): {listed}"
