"""What a worker tells while it explains a client, and how it is asked to end. Dask carries both.

The steps go into the scheduler's log of events, under a topic of their own. The wish to end is an event of Dask's that the
worker looks at before each step.
"""

import importlib
import pickle
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from clientprof.experiments.differences.compare_run import Progress

Watch = Callable[[Progress], None]
Say = Callable[[str], None]


class Teller:
    """The worker's side, in the thread of its task."""

    def __init__(self, topic: str) -> None:
        dask: Any = importlib.import_module("distributed")
        self._topic, self._worker, self._end = topic, dask.get_worker(), dask.Event(topic)

    def watch(self, progress: Progress) -> None:
        """Tell a step.

        Raises:
            KeyboardInterrupt: whoever asked for the explanation wants what there is, and no more.
        """
        if self._end.is_set():
            raise KeyboardInterrupt
        self._tell(progress)

    def say(self, text: str) -> None:
        """Tell a sentence."""
        self._tell(text)

    def _tell(self, what: Progress | str) -> None:
        self._worker.log_event(self._topic, pickle.dumps(what))


class Listener:
    """The side of who waits for it. A context manager; ``topic`` is what the worker needs to know."""

    def __init__(self, client: Any, watch: Watch, say: Say) -> None:
        self.topic = f"clientprof-{uuid4().hex}"
        self._client, self._watch, self._say = client, watch, say

    def __enter__(self) -> Self:
        self._client.subscribe_topic(self.topic, self.hear)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.unsubscribe_topic(self.topic)

    def end(self) -> None:
        """Ask the worker to end with what it has."""
        dask: Any = importlib.import_module("distributed")
        dask.Event(self.topic, client=self._client).set()

    def hear(self, event: tuple[float, bytes]) -> None:
        """One step or sentence, with its time, from Dask's own thread. The scheduler's word is trusted with code anyway."""
        told = pickle.loads(event[1])
        if isinstance(told, str):
            self._say(told)
        else:
            self._watch(told)
