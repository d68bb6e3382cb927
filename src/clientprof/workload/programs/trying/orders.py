"""What a process of a tried program is to do: the changes to make, and a folder of packages to add. One JSON file."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from clientprof.workload.changes import Change

FILE = "trial.json"


@dataclass(frozen=True, slots=True)
class Order:
    """A suspect's change. It is made once the module ``after`` has been imported, at once where that is empty."""

    suspect: str
    after: str
    change: Change


def write_orders(folder: Path, orders: Sequence[Order], overlay: str) -> None:
    """``overlay`` are folders of packages that the program does not have, as on PATH; empty for none."""
    rows = [{"suspect": each.suspect, "after": each.after, "change": asdict(each.change)} for each in orders]
    text = json.dumps({"overlay": overlay, "orders": rows})
    (folder / FILE).write_text(text, encoding="utf-8")


def read_orders(folder: str) -> tuple[tuple[Order, ...], str]:
    """The orders and the overlay.

    Raises:
        OSError, ValueError, KeyError: the file is not there or not whole.
    """
    found = json.loads(Path(folder, FILE).read_text(encoding="utf-8"))
    orders = tuple(Order(row["suspect"], row["after"], Change(**row["change"])) for row in found["orders"])
    return orders, found["overlay"]
