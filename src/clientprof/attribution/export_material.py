"""From a recording to what an exporter writes: the result of the clients asked for, and what it needs beside."""

from collections.abc import Sequence
from dataclasses import replace

from clientprof.attribution.costs.call_graph import call_graph
from clientprof.attribution.ledger.activity import activity_of
from clientprof.attribution.notices.disturbed_lenses import undisturbed
from clientprof.attribution.trace_result import trace_result
from clientprof.model.export import Activity, CallGraph, ClientExport, Export
from clientprof.model.recording import Recording
from clientprof.model.results import ClientResult


def export_of(
    recording: Recording, clients: Sequence[str], *, activity: bool = False, calls: bool = False
) -> Export | None:
    """The clients' results; with ``activity`` and ``calls`` what happened and the call graph. None if none was measured."""
    if set(clients) != set(recording.manifest.clients):
        # The others need not be analysed: of a large recording that is most of the time.
        recording = Recording(
            replace(recording.manifest, clients=tuple(clients), baseline=None),
            tuple(run for run in recording.runs if run.facts.client in clients),
        )
    recording = undisturbed(recording)
    result = trace_result(recording)
    if not result.clients:
        return None
    return Export(
        result,
        tuple(
            ClientExport(
                client,
                _activity(recording, client.name) if activity else None,
                _call_graph(recording, client) if calls else None,
            )
            for client in result.clients
        ),
        recording.manifest.clock_offset_ns,
    )


def _activity(recording: Recording, name: str) -> Activity | None:
    runs = recording.of(name, "ledger")
    return activity_of(runs[-1]) if runs else None


def _call_graph(recording: Recording, client: ClientResult) -> CallGraph | None:
    runs = recording.of(client.name, "count") or recording.of(client.name, "sample")
    if not runs:
        return None
    facts = runs[-1].facts
    return call_graph(facts.calls, facts.call_edges, client.profile, facts.requests_per_round)
