"""The clock that stamps share: are two processes' ``perf_counter_ns`` readings comparable, and what did a header say?

On Linux ``time.perf_counter_ns`` reads CLOCK_MONOTONIC, which all processes of one boot share unless they are in
different time namespaces (time_namespaces(7)). So boot and namespace together name the clock. Standard library only:
the measured process reads the origin's stamps with this file.
"""

import datetime
import hashlib
import os
import time
from functools import cache

STAMP_HEADER = "x-clientprof-ns"
_MAX_STAMP_DIGITS = 19  # 2**63 nanoseconds are 292 years of uptime


@cache
def clock_identity() -> str:
    """Name the monotonic clock of this process: 12 hex digits, equal in two processes only if stamps compare.

    A hash of the boot id and the time namespace. Where /proc has neither (macOS, Windows), the host's name and the
    clock's implementation stand in: equal for all processes of one machine, blind to a reboot in between.
    """
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            clock = file.read().strip()
    except OSError:
        import platform  # only here: the measured process need not import it where /proc answers

        clock = f"{platform.node()} {time.get_clock_info('perf_counter').implementation}"
    try:
        clock += " " + os.readlink("/proc/self/ns/time")
    except OSError:
        clock += " one time namespace"  # kernels before 5.6 have no other
    return hashlib.sha256(clock.encode()).hexdigest()[:12]


def created_now() -> str:
    """When a recording is made, as it says: ``2026-11-28 22:00:00 UTC``."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def wall_clock_offset_ns() -> int:
    """What must be added to a reading of ``perf_counter_ns`` for the time since 1970, by the machine's clock now."""
    return time.time_ns() - time.perf_counter_ns()


def parse_stamps(header: str, identity: str) -> tuple[int, int] | None:
    """Read ``received_ns,written_ns,identity`` as the origin sends it in ``x-clientprof-ns``.

    Returns the two stamps in nanoseconds of the shared clock; None if the clock is another one (``identity`` differs)
    or the text is malformed. Never raises: a foreign server may send anything.
    """
    parts = header.split(",")
    if len(parts) != 3 or parts[2] != identity:
        return None
    for digits in parts[:2]:
        if not (digits.isascii() and digits.isdigit() and len(digits) <= _MAX_STAMP_DIGITS):
            return None
    received_ns, written_ns = int(parts[0]), int(parts[1])
    return (received_ns, written_ns) if received_ns <= written_ns else None
