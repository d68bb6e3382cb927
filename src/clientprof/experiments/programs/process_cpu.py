"""What another process has used of the CPU, seen from outside: nothing runs in it for that."""

import platform
import re
import subprocess
import time
from pathlib import Path

# clock_getcpuclockid of the C library: of a process, and of all its threads together (linux/posix-timers.h).
_SCHEDULED = 2
_TIME = re.compile(r"(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+(?:\.\d+)?)")


def process_cpu_ns(pid: int) -> int:
    """CPU of all threads of the process so far, nanoseconds.

    Raises:
        ProcessLookupError: there is no such process.
    """
    if platform.system() == "Linux":
        try:
            return time.clock_gettime_ns((~pid << 3) | _SCHEDULED)
        except OSError:
            raise ProcessLookupError(f"no process {pid}") from None
    text = subprocess.run(["ps", "-o", "time=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return parse_ps_time(text.strip())


def parse_ps_time(text: str) -> int:
    """``[[days-]hours:]minutes:seconds`` as nanoseconds; macOS tells hundredths of a second.

    Raises:
        ProcessLookupError: it is no such time; then ``ps`` knew no such process.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        raise ProcessLookupError(f"ps said {text!r}")
    days, hours, minutes = (int(part or 0) for part in found.groups()[:3])
    return round((((days * 24 + hours) * 60 + minutes) * 60 + float(found[4])) * 1e9)


def main_thread_cpu_ns(pid: int) -> int | None:
    """CPU of the process's main thread so far; None where the system does not tell it."""
    try:
        return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return None
