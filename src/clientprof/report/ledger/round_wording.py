"""Which round the pictures in time show, and how the requests in them were chosen."""

from clientprof.model.ledger.accounts import Ledger
from clientprof.report.writing.figures import plural


def which_round(ledger: Ledger) -> str:
    """``the last of 12 warm rounds``."""
    rounds = ledger.shown.rounds
    return "the only warm round" if rounds == 1 else f"the last of {rounds:,} warm rounds"


def which_requests(ledger: Ledger) -> str:
    """A sentence: all of the round, or how the shown ones were chosen, and what of the recording is not shown."""
    shown, kept = ledger.shown, len(ledger.timelines)
    if kept == shown.requests:
        text = "The request" if kept == 1 else f"All {plural(kept, 'request')}"
        text += f" of {which_round(ledger)}."
    else:
        chosen = [f"the {shown.slowest:,} slowest"] if shown.slowest else []
        chosen += [f"{shown.failed:,} that failed"] if shown.failed else []
        chosen.append("the others evenly spaced by start")
        text = f"{kept:,} of the {plural(shown.requests, 'request')} of {which_round(ledger)}: {', '.join(chosen)}."
    if ledger.requests > kept:
        text += f" The tables of phases count all {ledger.requests:,} requests of the warm rounds."
    return text
