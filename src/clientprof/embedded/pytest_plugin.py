"""The plug-in for pytest: ``--clientprof``, the fixture ``http_costs`` and the marker of the same name.

Loaded by every pytest where clientprof is installed, so it loads nothing else: what measures is imported when the option is
given, or by a test that asks for its costs.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from clientprof.embedded.watching import Seen

NAME = "http_costs"
_MARKER = (
    "http_costs(requests, failures, connections_opened, handshakes, pool_wait_s, blocked_s): the most that the HTTP clients "
    "of the test may cost (clientprof)"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("clientprof", "costs of HTTP clients (clientprof)")
    group.addoption(
        "--clientprof",
        action="store_true",
        help="end with a table of HTTP requests, connections, TLS handshakes and blocked time by test",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER)
    if config.getoption("--clientprof"):
        from clientprof.embedded import costs_of_tests

        costs_of_tests.register(config, every_test=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if any(asks(item) for item in items):
        from clientprof.embedded import costs_of_tests

        costs_of_tests.register(config, every_test=False)


def asks(item: pytest.Item) -> bool:
    """Whether the test wants to know its costs, or has bounds."""
    return NAME in getattr(item, "fixturenames", ()) or item.get_closest_marker(NAME) is not None


@pytest.fixture
def http_costs() -> "Iterator[Seen]":
    """What the test's HTTP clients cost so far: ``requests``, ``connections_opened``, ``handshakes``, ``failures``,
    ``pool_wait_s``, ``blocked_s``. Fixtures are not counted; the test itself begins with 0."""
    from clientprof.embedded.costs_of_tests import of_test
    from clientprof.embedded.watching import watching

    with watching() as seen, of_test(seen):
        yield seen
