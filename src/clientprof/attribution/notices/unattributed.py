"""Time of requests that no phase claims: a warning where it is more than the glossary allows."""

from collections.abc import Iterator

from clientprof.model.figures import percent, percent_bound
from clientprof.model.findings import Notice

MOST_UNATTRIBUTED = 0.01


def unattributed_notices(whose: str, share: float | None) -> Iterator[Notice]:
    """``share`` is of the wall time of all requests, None where it is not known."""
    if share is None or share <= MOST_UNATTRIBUTED:
        return
    yield Notice(
        "unattributed",
        f"{percent(share)} of the wall time of {whose} is `unattributed`: the client gave no mark that tells which phase "
        "it was.",
        f"More than {percent_bound(MOST_UNATTRIBUTED)} is not normal. Wall times, counts and the other phases are right, "
        "but each phase may be too short by a part of it.",
    )
