"""Whether a function that held a loop computed, or stood still in a call that blocks."""

from collections.abc import Sequence

from clientprof.model.programs.results import Holder

_ENOUGH_SAMPLES = 20
# Of the CPU that other code got for each second of holding the loop, and of that second: what gets less than both stands
# still by itself.
_STANDS_STILL = 0.5
_COMPUTES = 0.2


def stands_still(holder: Holder, holders: Sequence[Holder]) -> bool:
    """Whether the holder blocks, and neither computes nor merely waits for a core or for the interpreter's lock."""
    share = _share_of_cpu(holder)
    return share is not None and share < _COMPUTES and share < _STANDS_STILL * _usual_share_of_cpu(holders, holder)


def _share_of_cpu(holder: Holder) -> float | None:
    """CPU for each second of holding the loop in which the holder was not kept from computing; None where not known."""
    if holder.cpu_s is None or not holder.held_s.value:
        return None
    let_run_s = max(holder.cpu_s, holder.held_s.value - holder.queued_s - holder.interpreter_s)
    return holder.cpu_s / let_run_s if let_run_s > 0 else None


def _usual_share_of_cpu(holders: Sequence[Holder], but: Holder) -> float:
    """The share of CPU that code gets which does not block: the median, weighted by CPU.

    Where nobody tells how long a thread waited for a core, or the core itself is another machine's for a while, a thread
    stands still without having asked for it, and all code does so alike. What blocks has hardly any CPU, and so no weight
    here. 1 where too little is known of code ``but`` the one in question.
    """
    holders = [holder for holder in holders if holder is not but]
    if sum(holder.samples for holder in holders) < _ENOUGH_SAMPLES:
        return 1.0
    shares = ((_share_of_cpu(holder), holder.cpu_s) for holder in holders)
    known = sorted((share, cpu) for share, cpu in shares if share is not None and cpu is not None)
    half, seen = sum(cpu for _, cpu in known) / 2, 0.0
    for share, cpu in known:
        seen += cpu
        if seen >= half:
            return min(1.0, share)
    return 1.0
