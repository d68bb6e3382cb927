"""The way in: a recording of a program, answered."""

from collections.abc import Sequence

import numpy as np

from clientprof.attribution.costs.call_tree import call_tree
from clientprof.attribution.costs.function_costs import function_costs
from clientprof.attribution.costs.layer_costs import layer_costs
from clientprof.attribution.costs.sampled_time import SampledTime
from clientprof.attribution.notices.raised import LEFT_OUT, LEFT_OUT_ADVICE
from clientprof.attribution.notices.unattributed import unattributed_notices
from clientprof.attribution.programs.answer.program_answer import Grounds, answer_of, limiting_holder
from clientprof.attribution.programs.call_sites import CallSites, route_rows
from clientprof.attribution.programs.gates import Gated, gate_results
from clientprof.attribution.programs.held_connections import held_connections
from clientprof.attribution.programs.instances import Instances, found_settings
from clientprof.attribution.programs.lane import Lane, facts_of, lanes_of
from clientprof.attribution.programs.loops.garbage_pauses import garbage_pauses
from clientprof.attribution.programs.loops.kinds_of_work import parts_of_loops
from clientprof.attribution.programs.loops.loop_holders import loop_holders
from clientprof.attribution.programs.loops.loop_results import loop_results
from clientprof.attribution.programs.loops.queued_loops import queued_notices
from clientprof.attribution.programs.loops.thread_times import thread_looks, thread_times, thread_use
from clientprof.attribution.programs.loops.time_in_flight import time_in_flight
from clientprof.attribution.programs.loops.work_between import work_between
from clientprof.attribution.programs.overtaken import overtaken_requests
from clientprof.attribution.programs.pieces.sent_pieces import sent_pieces
from clientprof.attribution.programs.program_counters import program_counters
from clientprof.attribution.programs.rules import find_all, near_all
from clientprof.attribution.programs.rules.error_answers import error_answers
from clientprof.attribution.programs.rules.everywhere import done_everywhere
from clientprof.attribution.programs.rules.evidence import Evidence, queued_share
from clientprof.attribution.programs.rules.failures import error_share, fail_share
from clientprof.attribution.programs.rules.inside_calls import told_inside
from clientprof.attribution.programs.rules.interpreter import waited_for_interpreter
from clientprof.attribution.programs.rules.shared_causes import reconciled, shared_causes
from clientprof.attribution.programs.rules.under_way import one_at_a_time
from clientprof.attribution.programs.served_requests import served_routes
from clientprof.attribution.programs.timeouts import timeout_verdicts
from clientprof.attribution.programs.uptime import uptime_series
from clientprof.attribution.programs.window_weights import WindowWeights
from clientprof.model.findings import Notice
from clientprof.model.programs.lane import LaneKind
from clientprof.model.programs.recording import ProgramFacts
from clientprof.model.programs.results import LoopResult, ProgramResult
from clientprof.model.recording import Manifest, Recording
from clientprof.model.results import Setting

# So many functions that held loops are told; the rules look at all.
HOLDERS_KEPT = 12
# A loop that is less busy than this can scan more connections, and will not be the limit at once.
TIME_TO_SPARE = 0.5


def program_result(recording: Recording) -> ProgramResult:
    """Analyse the recording of a program.

    Raises:
        ValueError: it is the recording of something else.
        AssertionError: phases, states and wall times do not add up.
    """
    manifest, facts, lanes = recording.manifest, facts_of(recording), lanes_of(recording)
    measured_s = (facts.ended_ns - facts.started_ns) / 1e9
    sites, instances = CallSites(facts, lanes), Instances(facts, lanes)
    call_sites = sites.results(measured_s)
    requests = sum(row.requests for row in call_sites)
    asked = time_in_flight(facts, lanes)
    phases, loops = sites.all_phases, loop_results(facts, lanes, asked)
    holders = loop_holders(facts, lanes)
    held = held_connections(facts, lanes, sites, instances)
    timeouts, uptime = timeout_verdicts(lanes, sites), uptime_series(facts, lanes)
    settings = found_settings(facts, lanes, instances)
    time = _main_time(facts, lanes)
    looks = thread_looks(lanes)
    threads, use, between = thread_times(looks), thread_use(looks, facts.processes), work_between(lanes)
    looked = gate_results(facts, lanes, asked)
    gates = tuple(row for row in looked if not row.gate.inside)
    of_asking = _of_asking_processes(loops, lanes)
    in_flight_us = sum(row.requests * row.wall_us for row in call_sites)
    evidence = Evidence(
        facts=facts,
        lanes=lanes,
        sites=sites,
        instances=instances,
        measured_s=measured_s,
        in_flight_s=asked.seconds,
        call_sites=call_sites,
        requests=requests,
        phases=phases,
        loops=loops,
        holders=holders,
        held=held,
        overtaken=overtaken_requests(facts, lanes, sites, instances),
        timeouts=timeouts,
        uptime=uptime,
        settings=settings,
        samples=time,
        parts=parts_of_loops(facts, lanes),
        garbage=garbage_pauses(facts, lanes),
        error_answers=error_answers(facts, lanes, sites),
        waits_in_calls=tuple(row for row in looked if row.gate.inside),
        waits_before_calls=gates,
        threads=None if of_asking else use,
        between=() if of_asking else between,
        sent=sent_pieces(facts, lanes),
    )
    spare = evidence.loop_busy_share * (1 - queued_share(holders)) < TIME_TO_SPARE
    findings = reconciled(find_all(evidence), spare=spare)
    causes = shared_causes(findings, spare=spare, holder=limiting_holder(loops, holders))
    waited = waited_for_interpreter(evidence)
    grounds = Grounds(
        requests,
        call_sites,
        phases,
        of_asking,
        holders,
        held,
        actions=list(dict.fromkeys(each.remedy for each in causes)),
        threads=use,
        between=evidence.between,
        gated=Gated(
            gates,
            in_flight_us / 1e6 / asked.seconds if asked.seconds else 0.0,
            asked.seconds / requests if requests else 0.0,
            requests,
        ),
        everywhere=done_everywhere(evidence, findings),
        errors=error_share(evidence) + fail_share(evidence) + _turns_of_greenlets(lanes),
        transport=next((row.settings.transport for row in settings if row.settings.transport is not None), None),
        interpreter=0.0 if waited is None else waited.share,
        one_at_a_time=one_at_a_time(evidence),
        waits_inside=told_inside(evidence),
        gil=any(each.gil for each in facts.processes) or not facts.processes,
    )
    how = _how(manifest)
    return ProgramResult(
        title=f"clientprof {how} {' '.join(facts.command)}",
        how=how,
        command=facts.command,
        created=manifest.created,
        seed=manifest.seed,
        complete=manifest.complete,
        measured_s=measured_s,
        exit_code=facts.exit_code,
        environment=tuple(Setting(*row) for row in manifest.environment),
        packages=facts.packages,
        processes=facts.processes,
        answer=answer_of(grounds),
        requests=requests,
        failed=sum(row.failed for row in call_sites),
        open=sum(row.open for row in call_sites),
        detailed=sum(row.detailed for row in call_sites),
        call_sites=call_sites,
        routes=route_rows(facts, lanes, sites),
        served=served_routes(facts, lanes),
        phases=phases,
        loops=loops,
        holders=holders[:HOLDERS_KEPT],
        thread_times=threads[:HOLDERS_KEPT],
        held=held,
        gates=gates,
        timeouts=timeouts,
        uptime=uptime,
        counters=program_counters(facts, lanes, instances, requests),
        settings=settings,
        profile=None if time is None else call_tree(time),
        layers=() if time is None else layer_costs(time),
        functions=() if time is None else function_costs(time, (), 0),
        thinning=facts.thinning,
        in_flight_s=evidence.in_flight_s or None,
        unattributed_share=sites.unattributed_share,
        findings=tuple(finding for cause in causes for finding in cause.findings),
        causes=causes,
        notices=(
            *(Notice(*row) for row in manifest.notices),
            *_notices(facts, lanes),
            *unattributed_notices("requests", sites.unattributed_share),
            *near_all(evidence),
            *queued_notices(facts, lanes, asked),
        ),
    )


def _how(manifest: Manifest) -> str:
    """The command that measured it. Its options follow, and what was measured: that may be called as one of them."""
    words = manifest.command[1:2] if manifest.command[:1] == ("clientprof",) else manifest.command[:1]
    return "attach" if words == ("attach",) else "run"


def _of_asking_processes(loops: Sequence[LoopResult], lanes: Sequence[Lane]) -> tuple[LoopResult, ...]:
    """Loops of the processes that make requests: that of a server's first process, say, has nothing to do with them."""
    asking = {lane.facts.process for lane in lanes if lane.count or sum(lane.run.column("slice.ended"))}
    return tuple(row for row in loops if row.process in asking or not asking)


def _turns_of_greenlets(lanes: Sequence[Lane]) -> str:
    """What a wait of theirs holds besides; empty where no request was made in a greenlet."""
    if not any(lane.facts.kind is LaneKind.GREENLETS and lane.count for lane in lanes):
        return ""
    return " In greenlets, a wait for the server includes waiting for other greenlets to give way."


def _main_time(facts: ProgramFacts, lanes: tuple[Lane, ...]) -> SampledTime | None:
    """The samples of the lane that has most of them; None where nothing was sampled."""
    times = [time for lane in lanes if (time := WindowWeights(facts, lane).sampled_time()) is not None]
    return max(times, key=lambda time: time.samples, default=None)


def _removed(process: str, note: str) -> Notice:
    """An instrument that does not fit what is installed was never put in; one that raised was taken out."""
    if note.startswith(LEFT_OUT):
        return Notice("instrument-left-out", f"In {process} {note}.", LEFT_OUT_ADVICE)
    return Notice("probe-removed", f"In {process} an instrument was taken out: {note}.")


def _notices(facts: ProgramFacts, lanes: tuple[Lane, ...]) -> list[Notice]:
    """What was not seen, in words."""
    found: list[Notice] = []
    for process in facts.processes:
        found += [_removed(process.name, each) for each in process.removed]
        found += [Notice("program", f"In {process.name}: {note}.") for note in process.notes]
        if process.ended == "cut":
            found.append(
                Notice("process-cut", f"{process.name} was cut short.", "What it had written until then was read.")
            )
    for note in sorted({note for lane in lanes for note in lane.run.facts.notes}):
        found.append(Notice("probe", f"{note}."))
    for number in sorted({int(each) for lane in lanes for each in np.unique(lane.of_exchanges("client")[lane.opaque])}):
        name = facts.clients[number].name
        text = f"{name} does its work outside Python, so connections, handshakes and look-ups are not counted."
        found.append(
            Notice("opaque", text, "Times, failures and what waits for the loop are seen of its requests, too.")
        )
    if facts.thinning is not None:
        kept = facts.thinning.kept_one_in
        text = f"Phases, holders and flame graphs rest on one window of time in {kept}; counts and rates on everything."
        found.append(Notice("thinned", text, "The recording would have grown too large; --max-size sets the limit."))
    return list({(each.id, each.text): each for each in found}.values())
