"""The lens without instruments, whose times the others are held against."""

from clientprof.workload.lenses.lens import Lens


class ControlLens(Lens):
    """Nothing but two clock reads per request."""

    tagged = False
