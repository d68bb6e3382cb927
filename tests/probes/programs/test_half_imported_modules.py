"""A module that another thread is importing is in ``sys.modules`` and still empty: an instrument must not fall over it."""

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from clientprof.probes.programs.exchanges import Exchanges
from clientprof.probes.programs.sites import Sites


def test_a_thread_keeps_its_lane_while_another_imports_trio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trio", ModuleType("trio"))
    threads = object()
    watched: Any = SimpleNamespace(running_loop=lambda: None, book=SimpleNamespace(threads=threads))
    assert Exchanges.lane(watched) is threads


def test_a_thread_keeps_its_call_site_while_another_imports_asyncio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncio", ModuleType("asyncio"))
    watched: Any = SimpleNamespace(_made={1: 1}, _of_packages={})
    assert Sites._of_task(watched) == -1
