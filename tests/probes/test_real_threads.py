"""What is a thread and what a greenlet, by what the program has patched."""

import sys
import threading
from types import ModuleType

import pytest

from clientprof.probes.real_threads import greenlets_of, in_main_thread, thread_ident


@pytest.mark.parametrize(
    ("library", "module", "asked"),
    [("gevent", "gevent.monkey", "is_module_patched"), ("eventlet", "eventlet.patcher", "is_monkey_patched")],
)
def test_greenlets_are_those_of_the_library_that_patched_sockets(
    library: str, module: str, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    patched: set[str] = set()
    found = ModuleType(module)
    monkeypatch.setitem(sys.modules, module, found)
    assert greenlets_of() == ""  # still being imported
    setattr(found, asked, lambda name: name in patched)
    assert greenlets_of() == ""
    patched.add("socket")
    assert greenlets_of() == library


def test_the_main_thread_is_known_from_inside_of_each_thread() -> None:
    seen: list[tuple[bool, int]] = []
    thread = threading.Thread(target=lambda: seen.append((in_main_thread(), thread_ident())))
    thread.start()
    thread.join()
    assert in_main_thread()
    assert thread_ident() == threading.main_thread().ident
    assert seen == [(False, thread.ident)]
