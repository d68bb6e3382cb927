"""Whether a client can do what a scenario asks of it: said before anything runs."""

from collections.abc import Iterator, Mapping

from clientprof.clients import CLIENTS
from clientprof.clients.adapter import Adapter, Feature, SyncAdapter
from clientprof.experiments.environments.client_specs import ClientSpec
from clientprof.workload.drivers.thread_driver import MAX_THREADS
from clientprof.workload.load.loop_packages import missing_package
from clientprof.workload.load.scenario import Loop, Scenario, Trust, Upload


def obstacle(adapter: type[Adapter], scenario: Scenario) -> str | None:
    """What the client lacks, in one sentence that says what is possible; None where it can do all of it."""
    if issubclass(adapter, SyncAdapter) and scenario.rate_per_s is not None:
        return f"{adapter.name} blocks, so --rate has no meaning for it; use -n threads with --requests"
    if issubclass(adapter, SyncAdapter) and scenario.concurrency > MAX_THREADS:
        return (
            f"{adapter.name} needs a thread for each request at once, and more than {MAX_THREADS:,} are not tried; "
            f"use -n {MAX_THREADS} with --requests {max(scenario.requests_per_round, scenario.concurrency)}"
        )
    if scenario.trust is Trust.DEFAULT and adapter.built_in_trust:
        return (
            f"{adapter.name} has its trust store compiled in, to which the origin's CA cannot be added; use --trust own"
        )
    missing = [feature for feature in _needed(adapter, scenario) if feature not in adapter.features]
    if not missing:
        return None
    has = ", ".join(sorted(adapter.features)) or "plain requests only"
    return f"{adapter.name} has no {' and no '.join(missing)}; it has: {has}"


def missing_loop(spec: ClientSpec, scenario: Scenario, *, elsewhere: bool) -> str | None:
    """What the scenario's loop needs and is not there, and how to get it; None where all is there.

    ``elsewhere`` is True for a client that is measured in an environment of its own: its loop must be asked for.
    """
    if issubclass(CLIENTS[spec.adapter], SyncAdapter) or scenario.loop is Loop.ASYNCIO:
        return None
    package = str(scenario.loop)
    if elsewhere:
        asked = any(part.name == package for part in spec.added)
        return None if asked else f"--loop {package} needs {package} beside the client: write {spec.label}+{package}"
    if missing_package(scenario.loop) is None:
        return None
    return f"--loop {package} needs {package}, which is not installed here: `pip install {package}`"


def able(adapters: Mapping[str, type[Adapter]], scenario: Scenario) -> tuple[str, ...]:
    """The clients that can do all that the scenario asks."""
    return tuple(name for name, adapter in adapters.items() if obstacle(adapter, scenario) is None)


def _needed(adapter: type[Adapter], scenario: Scenario) -> Iterator[Feature]:
    if scenario.limit is not None:
        yield Feature.LIMIT
    if scenario.keepalive is not None:
        yield Feature.KEEPALIVE
    if scenario.http2:
        yield Feature.HTTP2
    if not issubclass(adapter, SyncAdapter):
        if scenario.loop is Loop.TRIO:
            yield Feature.TRIO
        if scenario.loop is Loop.UVLOOP:
            yield Feature.UVLOOP
    if scenario.streamed or scenario.events:
        yield Feature.STREAMED
    if scenario.upload_bytes is not None and scenario.upload is Upload.STREAM:
        yield Feature.UPLOAD_STREAM
    if scenario.upload_bytes is not None and scenario.upload is Upload.MULTIPART:
        yield Feature.MULTIPART
    if scenario.jar or scenario.cookies:
        yield Feature.COOKIE_JAR
