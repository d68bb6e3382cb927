"""Whether a program that was started listens for connections: by its own sockets on Linux, elsewhere by its port."""

import os
import platform
import re
import socket
from collections.abc import Iterable, Sequence
from pathlib import Path

_LISTEN = "0A"
_URL = re.compile(r"https?://(?:[^/@\s]*@)?([^/:\s]+|\[[^\]]+\])(?::(\d+))?")


def address_in(command: Sequence[str]) -> tuple[str, int] | None:
    """Host and port of the first URL in a load command; None where it has none."""
    for word in command:
        found = _URL.search(word)
        if found is not None:
            return found[1].strip("[]"), int(found[2] or (443 if found[0].startswith("https") else 80))
    return None


def listens(pids: Iterable[int], address: tuple[str, int] | None) -> bool:
    """Whether one of the processes listens on a TCP port; where that is not told, whether the address can be reached."""
    if platform.system() == "Linux":
        return any(_listening_inodes(pid) & _own_inodes(pid) for pid in pids)
    if address is None:
        return False
    try:
        socket.create_connection(address, timeout=0.5).close()
    except OSError:
        return False
    return True


def _own_inodes(pid: int) -> set[str]:
    found = set()
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            target = os.readlink(f"/proc/{pid}/fd/{name}")
            if target.startswith("socket:["):
                found.add(target[8:-1])
    except OSError:
        return found
    return found


def _listening_inodes(pid: int) -> set[str]:
    """The sockets in the process's network that listen: proc(5), ``/proc/PID/net/tcp``."""
    found = set()
    for table in ("tcp", "tcp6"):
        try:
            rows = Path(f"/proc/{pid}/net/{table}").read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        found |= {fields[9] for row in rows if len(fields := row.split()) > 9 and fields[3] == _LISTEN}
    return found
