"""Which rows of a lane lie in the measured time: ``--skip``, ``--for`` and ``--requests`` set its edges."""

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
# From and to in nanoseconds, then the CPU of the process and of the thread.
Window = tuple[int, int, int, int]
# By which time a row counts as measured. Rows that others point into by number stay.
_TIMES = {
    "began": "started_ns", "step": "started_ns", "mark": "at_ns", "span": "started_ns", "write": "started_ns",
    "read": "at_ns", "handshake": "started_ns", "lookup": "started_ns", "gc": "started_ns", "sample": "at_ns",
    "dwell": "at_ns", "context": "started_ns", "served": "queued_ns", "gate": "at_ns", "ask": "started_ns",
    "computing": "at_ns", "beside": "at_ns",
}  # fmt: skip
# What is known of an exchange only where it ends, and was so before.
_OF_LATE = ("number", "peer", "instance")


def leave_out(raw: dict[str, Integers], windows: list[Window], from_ns: int, until_ns: int) -> list[Window]:
    """Removes from ``raw`` the rows from before and after the measured time; the windows of detail inside of it. Of what
    ended afterwards ``late`` keeps whose it was."""
    for group, at in _TIMES.items():
        times = _column(raw, f"{group}.{at}")
        _keep(raw, group, (times >= from_ns) & (times <= until_ns))
    for group in ("ended", "longended"):
        # What ended after the measured time was open at its end.
        until = np.maximum(_column(raw, f"{group}.at_ns"), _column(raw, f"{group}.dropped_ns"))
        for name in _OF_LATE if (until > until_ns).any() else ():
            late = _column(raw, f"{group}.{name}")[until > until_ns]
            raw[f"late.{name}"] = np.concatenate([_column(raw, f"late.{name}"), late])
        _keep(raw, group, until <= until_ns)
    inside = (_cut(window, from_ns, until_ns) for window in windows)
    return [window for window in inside if window[0] < window[1]]


def _column(raw: dict[str, Integers], name: str) -> Integers:
    found = raw.get(name)
    return np.zeros(0, dtype=np.int64) if found is None else found


def _keep(raw: dict[str, Integers], group: str, rows: npt.NDArray[np.bool_]) -> None:
    if rows.all():
        return
    for name in [name for name in raw if name.startswith(f"{group}.")]:
        raw[name] = raw[name][rows]


def _cut(window: Window, from_ns: int, until_ns: int) -> Window:
    """The part of a window in the measured time; its CPU clocks in proportion."""
    low, high, cpu_ns, thread_cpu_ns = window
    begin, end = max(low, from_ns), min(high, until_ns)
    if begin == low and end == high:
        return window
    share = max(0, end - begin) / max(1, high - low)
    return begin, end, round(cpu_ns * share), round(thread_cpu_ns * share)
