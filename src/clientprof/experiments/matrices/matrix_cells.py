"""From clients, Pythons and loads to the cells of a matrix, and to what is measured for each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from clientprof.experiments.environments.client_specs import ClientSpec, PythonAsked
from clientprof.experiments.environments.subjects import Subject
from clientprof.model.differences.matrix_cell import MatrixCell
from clientprof.workload.load.scenario import Scenario
from clientprof.workload.load.scenario_labels import label_of


@dataclass(frozen=True, slots=True)
class CellAsked:
    """One cell: how results call it, the client with its Python, and its load."""

    cell: MatrixCell
    spec: ClientSpec
    load: Scenario


def cells_of(
    clients: Sequence[ClientSpec], pythons: Sequence[PythonAsked], loads: Sequence[Scenario]
) -> tuple[CellAsked, ...]:
    """Every client in every Python under every load: the loads change fastest, the clients slowest. Without ``pythons`` each
    client runs in its own.

    Raises:
        ValueError: Pythons are given, and a client names one of its own.
    """
    named = next((client for client in clients if client.python is not None), None)
    if pythons and named is not None:
        raise ValueError(
            f"{named.label} names its Python, and --python crosses every client with every Python; leave one of the two out"
        )
    found: list[CellAsked] = []
    for client in clients:
        for spec in [replace(client, python=python) for python in pythons] or [client]:
            for load in loads:
                label = label_of(load)
                # A slash would make folders in the recording.
                arm = f"{spec.label} {label.replace('/', '-')}"
                python = "" if spec.python is None else spec.python.text.removeprefix("@py").removeprefix(":")
                cell = MatrixCell(arm, replace(client, python=None).label, python, label)
                found.append(CellAsked(cell, spec, load))
    return tuple(found)


def subjects_of(cells: Sequence[CellAsked], prepared: Sequence[Subject]) -> tuple[Subject, ...]:
    """What is measured for each cell; ``prepared`` has the subject of each cell's spec, in order."""
    return tuple(
        replace(subject.named(asked.cell.arm), scenario=asked.load)
        for asked, subject in zip(cells, prepared, strict=True)
    )
