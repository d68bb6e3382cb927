"""Clients, Pythons and loads are crossed; every cell asks an origin that serves its load."""

from dataclasses import replace

import pytest

from clientprof.clients import CLIENTS
from clientprof.experiments.differences.compare_plan import ComparePlan
from clientprof.experiments.differences.places import origins_for
from clientprof.experiments.environments.client_specs import ClientSpec, PythonAsked
from clientprof.experiments.environments.subjects import Subject
from clientprof.experiments.matrices.matrix_cells import cells_of, subjects_of
from clientprof.workload.load.scenario_labels import parse_label


def spec(text: str) -> ClientSpec:
    return ClientSpec.parse(text, CLIENTS)


LOADS = (parse_label("c4/1k"), parse_label("c8/1k/tls"))


def test_every_client_meets_every_python_and_every_load_once() -> None:
    cells = cells_of([spec("httpx==0.28.1"), spec("aiohttp")], [PythonAsked("3.11"), PythonAsked("3.12")], LOADS)
    assert len(cells) == len({each.cell.arm for each in cells}) == 8
    assert [(each.cell.client, each.cell.python, each.cell.load) for each in cells[:3]] == [
        ("httpx==0.28.1", "3.11", "c4/1k"),
        ("httpx==0.28.1", "3.11", "c8/1k/tls"),
        ("httpx==0.28.1", "3.12", "c4/1k"),
    ]
    assert cells[0].spec == spec("httpx==0.28.1@py3.11")
    assert all("/" not in each.cell.arm for each in cells)


def test_a_client_may_name_its_python_only_where_none_is_crossed() -> None:
    (first, *_) = cells_of([spec("httpx@py3.12"), spec("httpx")], [], LOADS[:1])
    assert (first.cell.client, first.cell.python) == ("httpx", "3.12")
    with pytest.raises(ValueError, match="names its Python"):
        cells_of([spec("httpx@py3.12")], [PythonAsked("3.11")], LOADS[:1])


def test_loads_that_need_another_server_have_one_and_the_others_share_theirs() -> None:
    cells = cells_of([spec("aiohttp")], [], (*LOADS, parse_label("c16/8k")))
    subjects = subjects_of(cells, [Subject("aiohttp", "aiohttp")] * 3)
    plan = ComparePlan(subjects, subjects[0].label, cells[0].load)
    with origins_for(plan) as (origins, _core):
        assert len(origins.running) == 2
        plain, tls = (origins.ready(load).base_url for load in LOADS)
        assert origins.ready(parse_label("c16/8k")).base_url == plain
        assert tls.startswith("https://")
        journal = origins.journal()
        origins.mark()
        assert origins.journal().since(journal).requests == 0
        arms = plan.arms(origins.ready, None, 0)
    assert {arm.settings.urls[0].partition(":")[0] for arm in arms.values()} == {"http", "https"}
    assert len(arms) == 4
    again = arms[plan.again]
    assert again.settings.scenario == LOADS[0]
    assert replace(again.settings, arm=plan.baseline) == arms[plan.baseline].settings
