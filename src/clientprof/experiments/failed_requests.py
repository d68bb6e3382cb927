"""Failed requests of runs, in one line: a measurement with any has failed."""

from collections.abc import Sequence

from clientprof.model.recording import Run


def failed_under_control(runs: Sequence[Run]) -> str | None:
    """The same of control runs only: a lens under which requests fail is left out by the analysis."""
    return failed_requests([run for run in runs if run.facts.lens == "control"])


def failed_requests(runs: Sequence[Run]) -> str | None:
    """One line about failed requests, None where there are none."""
    failed: dict[str, int] = {}
    kinds: set[str] = set()
    for run in runs:
        count = sum(map(bool, run.column("exchange.error")))
        if count:
            failed[run.facts.client] = failed.get(run.facts.client, 0) + count
            kinds.update(run.facts.error_types)
    if not failed:
        return None
    listed = ", ".join(f"{count} of {client}" for client, count in failed.items())
    return f"requests failed ({', '.join(sorted(kinds))}): {listed}"
