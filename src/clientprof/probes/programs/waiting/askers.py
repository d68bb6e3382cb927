"""The tasks of a loop that have made requests. What they do between two is part of how fast a program asks; what any other
task does, such as one that reports every minute, is not."""

import sys
from collections.abc import Collection
from typing import Any
from weakref import ref

_MOST = 100_000


class Askers:
    """``note`` costs some 0.2 us; ``keep`` forgets the tasks that have ended, now and then."""

    def __init__(self) -> None:
        self._tasks: dict[int, ref[Any]] = {}
        self._current_task: Any = None

    def note(self, loop: Any) -> None:
        """The task that runs makes a request, if one runs; ``loop`` is its own, None where that is trio's."""
        if self._current_task is None:
            self._current_task = sys.modules["asyncio"].current_task if loop is not None else _trio_task
        task = self._current_task(loop)
        if task is None:
            return
        known = self._tasks.get(id(task))
        if known is None or known() is not task:  # where one has ended, another may have its number
            if len(self._tasks) >= _MOST:
                self._tasks.clear()  # nobody looks at tasks any more, and so nobody forgets those that ended
            self._tasks[id(task)] = ref(task)

    def has(self, task: Any) -> bool:
        """Whether the task has made a request."""
        known = self._tasks.get(id(task))
        return known is not None and known() is task

    def keep(self, tasks: Collection[Any]) -> None:
        """Forget all but these."""
        self._tasks = {id(task): self._tasks[id(task)] for task in tasks if self.has(task)}


def _trio_task(_loop: None) -> Any:
    lowlevel = sys.modules["trio"].lowlevel
    try:
        return lowlevel.current_task()
    except RuntimeError:  # in no task, but in a callback of the run
        return None
