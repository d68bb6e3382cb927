"""The link, packet by packet: whatever the private network's device puts out goes back into it after its time.

TCP itself runs end to end between client and server, both in the kernel. So connecting, every flight of a TLS handshake,
slow start, closing and resets cost the round trips that they cost on a network, and the server sees the client's own
connections.
"""

import os
import select
import time

from clientprof.model.network import LinkAccount, Network
from clientprof.origin.network.delay_line import DelayLine, Lateness

_READS_PER_TURN = 128
_LARGEST = 65_536
_TCP = 6
_SYN, _SYN_ACK = 0x02, 0x12


class PacketLink:
    """Carries the packets of a device."""

    def __init__(self, device: int, network: Network, *, seed: int) -> None:
        now_ns = time.perf_counter_ns()
        self._device = device
        self._up = DelayLine[bytes](network, seed=2 * seed, epoch_ns=now_ns)
        self._down = DelayLine[bytes](network, seed=2 * seed + 1, epoch_ns=now_ns)
        self._late = Lateness()
        self._started_ns, self._started_cpu_ns = now_ns, time.process_time_ns()
        self._bytes = self._dropped = self._connections = 0
        self._server_port = b""

    def serve(self, ends: list[tuple[str, int]]) -> list[tuple[str, int]]:
        """The server's port, by which the directions are told apart; its ends are where clients find it already."""
        self._server_port = ends[0][1].to_bytes(2, "big")
        return ends

    def turn(self, commands: int) -> bool:
        """Carry what is due and take in what has come; whether there is something to read from ``commands``."""
        self._pass_on()
        due = [at for line in (self._up, self._down) if (at := line.next_ns()) is not None]
        timeout = max(0, min(due) - time.perf_counter_ns()) / 1e9 if due else None
        readable, _, _ = select.select((self._device, commands), (), (), timeout)
        if self._device in readable:
            self._pass_on()  # what has come takes time, what is due does not wait for it
            self._take_in()
        return commands in readable

    def _take_in(self) -> None:
        for _ in range(_READS_PER_TURN):
            try:
                packet = os.read(self._device, _LARGEST)
            except BlockingIOError:
                return
            # Neighbour discovery of IPv6 and the like come out too; a link of this kind carries IPv4's TCP.
            if len(packet) < 40 or packet[0] != 0x45 or packet[9] != _TCP:
                continue
            line = self._down if packet[20:22] == self._server_port else self._up
            self._connections += packet[33] & _SYN_ACK == _SYN
            size, now_ns = len(packet), time.perf_counter_ns()
            if not line.room(size, now_ns):
                self._dropped += 1
                continue
            exchanged = b"".join((packet[:12], packet[16:20], packet[12:16], packet[20:]))
            line.enter(exchanged, size, now_ns, packet[16:24])

    def _pass_on(self) -> None:
        for line in (self._up, self._down):
            now_ns = time.perf_counter_ns()
            while (ready := line.leave(now_ns)) is not None:
                due_ns, packet = ready
                try:
                    os.write(self._device, packet)
                except OSError:
                    self._dropped += 1
                    continue
                self._bytes += len(packet)
                now_ns = time.perf_counter_ns()
                self._late.add(now_ns - due_ns)

    def account(self) -> LinkAccount:
        """What was carried so far."""
        mean, p99, most = self._late.microseconds()
        return LinkAccount(
            self._late.count, self._bytes, self._dropped, self._connections, 0, mean, p99, most,
            time.process_time_ns() - self._started_cpu_ns, time.perf_counter_ns() - self._started_ns,
        )  # fmt: skip
