"""What a planted worker is to do, told through one environment variable."""

import json
from dataclasses import dataclass

from clientprof.recording.dataclass_json import from_json, to_json

VARIABLE = "CLIENTPROF_PLANTING"


@dataclass(frozen=True, slots=True)
class PlantOrder:
    """One function to plant at; ``doses_ns`` are cycled in random order over the warm rounds."""

    target: str
    name: str
    kind: str
    doses_ns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BlockOrder:
    """``count`` callbacks of ``block_ns`` each, queued ``after_ns`` after the start of every second warm round."""

    count: int
    block_ns: int
    after_ns: int


@dataclass(frozen=True, slots=True)
class Orders:
    """``together`` gives all plants the same place in their ``doses_ns`` in each round; otherwise they vary apart.

    ``keep_names`` wraps as ``functools.wraps`` does.
    """

    plants: tuple[PlantOrder, ...] = ()
    blocks: BlockOrder | None = None
    keep_names: bool = False
    together: bool = False
    seed: int = 1

    def environment(self) -> dict[str, str]:
        """The variable for the worker."""
        return {VARIABLE: json.dumps(to_json(self))}

    @classmethod
    def read(cls, environment: "dict[str, str]") -> "Orders":
        """The orders in a worker's environment.

        Raises:
            KeyError: there are none.
            ValueError: they are malformed.
        """
        return from_json(cls, json.loads(environment[VARIABLE]))


def column(number: int, name: str) -> str:
    """The recording's column for a plant's account, one row per warm round."""
    return f"plant{number}.{name}"
