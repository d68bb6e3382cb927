"""The file descriptor that Python writes to on each signal, silenced while samples are taken.

trio puts one there to be woken by Ctrl-C. Each of the sampler's signals would make it run a task of its own for nothing;
the sampler's timer stands still while trio waits, so there is nothing to be woken from.
"""

import signal


class SignalWakeups:
    """``silence()`` takes the descriptor away, ``restore()`` puts it back; doing either twice is harmless."""

    def __init__(self) -> None:
        self._descriptor: int | None = None

    def silence(self) -> None:
        if self._descriptor is None:
            self._descriptor = signal.set_wakeup_fd(-1)

    def restore(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            signal.set_wakeup_fd(descriptor, warn_on_full_buffer=False)
