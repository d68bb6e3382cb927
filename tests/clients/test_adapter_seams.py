"""Boundaries, marks and counters are found in the installed version; what is missing is said and breaks nothing."""

from pathlib import Path
from typing import Any

import pytest

from clientprof.clients import CLIENTS
from clientprof.clients.adapter import Adapter, AsyncAdapter
from clientprof.clients.observed.installed_boundaries import find_boundaries
from clientprof.model.layers import Layer
from clientprof.model.phases import Mark
from clientprof.probes.observation_points import BoundarySpec, find

LOST = "httpcore._async.connection_pool:AsyncConnectionPool._assign_requests_to_connections"


def test_every_boundary_is_found_with_its_file_and_line(adapter: Adapter) -> None:
    boundaries = find_boundaries(adapter)
    assert [f"{b.module}:{b.function}" for b in boundaries if not b.found] == []
    for boundary in boundaries:
        assert boundary.file.endswith(".py") or boundary.file.startswith("<frozen")
        assert not Path(boundary.file).is_absolute()
        assert boundary.line > 0


def test_every_target_but_the_optional_ones_has_a_row(adapter: Adapter) -> None:
    rows = {f"{b.module}:{b.function}" for b in find_boundaries(adapter)}
    for spec in adapter.boundaries:
        alternatives = {target.strip() for target in spec.target.split("|")}
        assert alternatives & rows or spec.optional


def test_every_mark_and_counter_is_found(adapter: Adapter) -> None:
    assert [target for target in adapter.seams if find(target) is None] == []


def test_names_of_counters_are_unique_and_marks_stamp_something(adapter: Adapter) -> None:
    names = [spec.name for spec in adapter.counters]
    assert len(set(names)) == len(names)
    assert all(spec.enter is not None or spec.leave is not None for spec in adapter.marks)


def test_the_pools_door_the_headers_and_the_release_are_marked_where_a_client_shows_them(adapter: Adapter) -> None:
    stamped = {mark for spec in adapter.marks for mark in (spec.enter, spec.leave)}
    if adapter.opaque:
        assert not stamped
        return
    assert {Mark.POOL_ENQUEUE, Mark.POOL_ACQUIRED, Mark.HEADERS, Mark.DONE, Mark.RELEASED} <= stamped


def test_layers_are_the_canonical_ones(adapter: Adapter) -> None:
    layers = {*adapter.module_layers.values(), *(spec.layer for spec in adapter.boundaries)}
    assert layers <= set(Layer)
    assert Layer.OTHER not in layers


def test_clients_share_the_boundaries_of_the_standard_library() -> None:
    shared = set.intersection(
        *({spec.target for spec in kind.boundaries} for kind in CLIENTS.values() if issubclass(kind, AsyncAdapter))
    )
    assert "asyncio.base_events:BaseEventLoop._run_once" in shared
    assert "ssl:SSLObject.do_handshake" in shared


@pytest.mark.parametrize(
    "target", ["no.such.module:f", "asyncio:no_such_function", "asyncio:Task.no_such.method", LOST]
)
def test_a_function_that_is_missing_is_a_row_that_was_not_found(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if target == LOST:
        import httpcore._async.connection_pool as pool

        monkeypatch.delattr(pool.AsyncConnectionPool, "_assign_requests_to_connections")
    adapter: Any = CLIENTS["httpx"]()
    adapter.boundaries = (BoundarySpec(target, Layer.POOL), BoundarySpec("httpx._client:AsyncClient.send", Layer.API))
    missing, found = find_boundaries(adapter)
    assert (missing.found, missing.file, missing.line) == (False, "", 0)
    assert f"{missing.module}:{missing.function}" == target
    assert found.found


def test_of_alternative_targets_the_row_names_the_one_that_was_found() -> None:
    adapter: Any = CLIENTS["httpx"]()
    adapter.boundaries = (BoundarySpec("no.such:f | httpx._client:AsyncClient.send", Layer.API),)
    (row,) = find_boundaries(adapter)
    assert (row.module, row.function, row.found) == ("httpx._client", "AsyncClient.send", True)


def test_an_optional_function_that_is_missing_has_no_row() -> None:
    adapter: Any = CLIENTS["httpx"]()
    adapter.boundaries = (BoundarySpec("no.such.module:f", Layer.HTTP, optional=True),)
    assert find_boundaries(adapter) == ()


def test_a_wrapped_function_is_listed_with_what_it_wraps() -> None:
    # asyncio.timeout is plain; contextlib wraps httpcore's exception mapping, whose generator is what runs.
    seam = find("httpcore._exceptions:map_exceptions")
    assert seam is not None
    assert [code.co_name for code in seam.codes] == ["helper", "map_exceptions"]


@pytest.mark.parametrize("client", ["httpx", "httpx-sync", "httpx-get"])
def test_every_decoder_of_httpx_is_a_boundary(client: str) -> None:
    from httpx import _decoders

    kinds = [kind for kind in vars(_decoders).values() if isinstance(kind, type)]
    decoders = {kind.__name__ for kind in kinds if issubclass(kind, _decoders.ContentDecoder)}
    # Of these, one does nothing and one hands on to others.
    decoders -= {"ContentDecoder", "IdentityDecoder", "MultiDecoder"}
    bounds = {spec.target for spec in CLIENTS[client].boundaries if spec.layer is Layer.DECODE}
    assert {f"httpx._decoders:{name}.decode" for name in decoders} <= bounds
