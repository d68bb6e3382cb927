"""Which layer a module belongs to: the adapter's table, then the standard library's, then the words of the field."""

import pytest

from clientprof.attribution.costs.module_layers import module_layer
from clientprof.model.layers import Layer
from recordings import code

TABLE = {"httpcore": "http", "httpcore._async.connection_pool": "pool", "httpx": "api"}


@pytest.mark.parametrize(
    ("module", "layer"),
    [
        ("httpcore._async.connection_pool", Layer.POOL),
        ("httpcore._async.connection", Layer.HTTP),
        ("httpcore", Layer.HTTP),
        ("httpx._client", Layer.API),
        ("httpxtra", Layer.OTHER),
    ],
)
def test_the_longest_listed_prefix_of_whole_names_wins(module: str, layer: Layer) -> None:
    assert module_layer(code(module), TABLE) is layer


@pytest.mark.parametrize(
    ("module", "layer"),
    [
        ("asyncio.selector_events", Layer.IO),
        ("asyncio.locks", Layer.CONCURRENCY),
        ("asyncio.base_events", Layer.LOOP),
        ("importlib._bootstrap", Layer.IMPORT),
        ("ssl", Layer.TLS),
        ("contextlib", None),
        ("functools", None),
    ],
)
def test_the_standard_library_has_a_table_and_its_neutral_modules_work_for_their_caller(
    module: str, layer: Layer | None
) -> None:
    assert module_layer(code(module, origin="stdlib"), TABLE) is layer


def test_a_package_named_like_a_module_of_the_standard_library_is_not_the_standard_library() -> None:
    # site-packages lies inside the standard library's folder; where code comes from decides, not its name.
    assert module_layer(code("http.client", origin="stdlib"), {}) is Layer.HTTP
    assert module_layer(code("contextlib.extra"), {}) is Layer.OTHER


@pytest.mark.parametrize(
    ("module", "layer"),
    [
        ("unknown.connectionpool", Layer.POOL),
        ("unknown.tls_backend", Layer.TLS),
        ("unknown.decoders", Layer.DECODE),
        ("unknown.http11_parser", Layer.HTTP),
        ("unknown.timeouts", Layer.CONCURRENCY),
        ("unknown.resolver", Layer.CONNECT),
        ("unknown.socketio", Layer.IO),
        ("unknown.cookies", Layer.API),
        ("unknown.zebra", Layer.OTHER),
    ],
)
def test_packages_that_nobody_listed_are_judged_by_the_words_of_the_field(module: str, layer: Layer) -> None:
    assert module_layer(code(module), {}) is layer


def test_a_listed_module_beats_the_words_in_its_name() -> None:
    assert module_layer(code("unknown.connectionpool"), {"unknown": "decode"}) is Layer.DECODE


@pytest.mark.parametrize(("origin", "layer"), [("profiler", Layer.PROFILER), ("app", Layer.APP)])
def test_the_profiler_and_the_program_are_layers_of_their_own(origin: str, layer: Layer) -> None:
    assert module_layer(code("httpcore._async.connection_pool", origin=origin), TABLE) is layer
