"""The views of the pages, in the order of reading: one table for each kind of page, so that a page loads its own alone.

A new view is a file in its subject's folder and a row in a table here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Section(Generic[R]):
    """A view: heading, function (None where the result has nothing to show in it), and what it needs to be shown."""

    title: str
    render: Callable[[R], str | None]
    needs: str = ""
