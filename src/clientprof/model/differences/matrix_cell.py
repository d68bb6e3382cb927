"""One cell of a matrix of versions, Pythons and loads, as it was asked for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """``arm`` is its name in the runs, unique. ``client`` is as it was written, without a Python; ``python`` as it was asked
    for (empty: the one that clientprof runs on); ``load`` the label of its scenario."""

    arm: str
    client: str
    python: str
    load: str
