"""Costs of tests: measured where they run, joined where the session ends, held against their bounds.

A phase's costs travel with its report, which xdist sends to the controller; so the table is made of reports alone, whether
tests ran here or in workers.
"""

import contextlib
from collections.abc import Generator, Iterator
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

import pytest

from clientprof.embedded.cost_bounds import BoundError, Bounds, beyond, bounds_of
from clientprof.embedded.pytest_plugin import NAME, asks
from clientprof.embedded.watching import Seen, watching
from clientprof.model.costs.watching import Costs
from clientprof.report.watching.tests_table import tests_table
from clientprof.report.watching.text import report as report_of

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

# What a report carries its phase's costs as, with what could not be watched.
_KEY = "clientprof_costs"
_PLUGIN = "clientprof-costs"
_SEEN: pytest.StashKey[Seen] = pytest.StashKey()
_BOUNDS: pytest.StashKey[Bounds] = pytest.StashKey()
_seen_by_fixture: list[Seen] = []


@contextlib.contextmanager
def of_test(seen: Seen) -> Iterator[None]:
    """The fixture counts from the test's own beginning."""
    _seen_by_fixture.append(seen)
    try:
        yield
    finally:
        _seen_by_fixture.remove(seen)


def register(config: pytest.Config, *, every_test: bool) -> None:
    """Measure from now on, once: every test, or those that ask."""
    if not config.pluginmanager.has_plugin(_PLUGIN):
        config.pluginmanager.register(TestCosts(every_test=every_test), _PLUGIN)


class TestCosts:
    """Hooks of a session that measures."""

    __test__ = False

    def __init__(self, *, every_test: bool) -> None:
        self._every_test = every_test
        self._session: watching | None = None
        self._tests: dict[str, Costs] = {}
        self._fixtures = Costs()
        self._notes: tuple[str, ...] = ()
        self._began = False

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        # The controller of xdist runs no test.
        if self._every_test and not session.config.pluginmanager.has_plugin("dsession"):
            self._session = watching()
            self._session.__enter__()

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        if self._session is not None:
            self._session.__exit__(None, None, None)
            self._session = None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """The instruments stay in from the first fixture to the last."""
        if not self._every_test and not asks(item):
            return (yield)
        with watching():
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        result = yield from self._phase(item)
        # Afterwards: whoever fails before the others have set up what is theirs fails them when they tidy up.
        item.stash[_BOUNDS] = _bounds(item)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        return (yield from self._phase(item))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        for seen in _seen_by_fixture:
            seen.restart()
        result = yield from self._phase(item)
        bounds, seen_now = item.stash.get(_BOUNDS, {}), item.stash.get(_SEEN, None)
        if bounds and seen_now is not None:
            sentences = beyond(seen_now.costs, bounds)
            if sentences:
                text = "\n".join((f"{NAME}: {' '.join(sentences)}", "", report_of(seen_now.watched)))
                pytest.fail(text, pytrace=False)
        return result

    def _phase(self, item: pytest.Item) -> Generator[None, object, object]:
        if not self._every_test and not asks(item):
            return (yield)
        with watching() as seen:
            item.stash[_SEEN] = seen
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        seen = item.stash.get(_SEEN, None)
        # Sub-tests are reported in the middle of a phase: what it costs is known, and told, at its end.
        if seen is not None and not seen.open:
            del item.stash[_SEEN]
            if seen.costs:
                setattr(report, _KEY, [list(astuple(seen.costs)), list(seen.notes)])
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._began = True
        found: Any = getattr(report, _KEY, None)
        if found is None:
            return
        costs = Costs(*found[0])
        self._notes = tuple(dict.fromkeys((*self._notes, *found[1])))
        if report.when == "call":
            self._tests[report.nodeid] = self._tests.get(report.nodeid, Costs()) + costs
        else:
            self._fixtures += costs

    def pytest_terminal_summary(self, terminalreporter: "TerminalReporter") -> None:
        if not self._every_test:
            return
        if not self._began:
            return  # tests were only listed, or none was left: nothing is known of what they call
        terminalreporter.section("HTTP costs by test (clientprof)")
        for line in tests_table(self._tests, self._fixtures, self._notes, terminalreporter._tw.fullwidth):
            terminalreporter.line(line)


def _bounds(item: pytest.Item) -> Bounds:
    """Of all the test's markers; the one closest to it has the last word on each bound."""
    bounds: dict[str, float] = {}
    try:
        for marker in item.iter_markers(NAME):
            bounds = {**bounds_of(marker.args, marker.kwargs), **bounds}
    except BoundError as error:
        pytest.fail(str(error), pytrace=False)
    return bounds
