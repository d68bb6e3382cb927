"""Rules about code that fills the event loop in many short steps: none of them is long, and all of them together are what
requests wait for."""

from collections.abc import Iterator
from dataclasses import replace

from clientprof.attribution.programs.loops.kinds_of_work import DEBUG_MODE
from clientprof.attribution.programs.loops.standing_still import stands_still
from clientprof.attribution.programs.rules.connections import of_an_sdk
from clientprof.attribution.programs.rules.everywhere import explains, told
from clientprof.attribution.programs.rules.evidence import Evidence, finding, place
from clientprof.attribution.programs.rules.loop import held_facts, is_long_work, is_short_blocks
from clientprof.attribution.programs.rules.remedies import in_process
from clientprof.model.figures import percent
from clientprof.model.findings import Finding
from clientprof.model.layers import Layer
from clientprof.model.programs.results import Holder

# Of the loop's busy time: what takes less is one of several equal parts.
_LEAST_OWN = 0.25
_LEAST_OF_CLIENT = 0.35
# Of a loop that is less busy, only what makes requests wait for so much of their time matters.
_BUSY = 0.8
_LEAST_BLAME = 0.1
# Microseconds of CPU per request: less is what any program does with an answer. A client's own layer takes up to some
# hundreds.
_LEAST_OWN_US = 100.0
_LEAST_OF_CLIENT_US = 500.0
_FEWEST_SAMPLES = 10
# Requests: what fewer of them cost each is the start's, or chance's.
_FEWEST = 20
_FEWEST_STEPS = 10
# What a client computes for a request by itself; its other layers have rules of their own, or are told as connections.
_CLIENT_LAYERS = (Layer.API, Layer.HTTP, Layer.OTHER)


def own_code(evidence: Evidence) -> Iterator[Finding]:
    """A function of the program that takes much of a busy loop, in steps too short to be noticed one by one."""
    for holder in evidence.holders:
        if holder.layer is not Layer.APP or not _fills(holder, evidence, _LEAST_OWN, _LEAST_OWN_US):
            continue
        if is_long_work(holder, evidence) or is_short_blocks(holder, evidence) or explains(evidence, holder):
            continue  # another rule
        of_sdk = of_an_sdk(holder, evidence)
        line, remedy = of_sdk or (
            holder.line,
            "Do it less often or with less: keep what is the same for many requests, and leave out what nobody reads. What "
            "must be computed can be computed in a process pool, where a call of it is long enough to be worth the way.",
        )
        code = "" if of_sdk else in_process(evidence.loop_names)
        yield _finding("costly-code-on-loop", replace(holder, line=line), evidence, remedy, code)


def client_code(evidence: Evidence) -> Iterator[Finding]:
    """A client's own code that takes much more than usual for each request."""
    if told(evidence.parts.get(DEBUG_MODE), DEBUG_MODE, evidence):
        return  # in which all of the client's code costs more
    for holder in evidence.holders:
        if explains(evidence, holder):
            continue  # another rule
        if holder.layer in _CLIENT_LAYERS and _fills(holder, evidence, _LEAST_OF_CLIENT, _LEAST_OF_CLIENT_US):
            yield _finding(
                "client-code-fills-loop",
                holder,
                evidence,
                "Look at what the program gives the client to work through for each request, such as cookies, headers, "
                "parameters, mounts, hooks or redirects: have less of it, or another client for what needs it.",
                "",
            )


def _fills(holder: Holder, evidence: Evidence, least_share: float, least_us: float) -> bool:
    if evidence.requests < _FEWEST:
        return False
    if holder.origin != "app" or holder.samples < _FEWEST_SAMPLES or holder.steps < _FEWEST_STEPS:
        return False
    if holder.share_of_loop < least_share or _cpu_us(holder, evidence) < least_us:
        return False
    if stands_still(holder, evidence.holders) or holder.interpreter_s > holder.held_s.value / 2:
        return False  # it does not compute
    return evidence.loop_busy_share > _BUSY or holder.blamed_us >= _LEAST_BLAME * evidence.request_us


def _cpu_us(holder: Holder, evidence: Evidence) -> float:
    """Per request; where nobody read the CPU clock, all of the time that it held the loop."""
    seconds = holder.held_s.value if holder.cpu_s is None else holder.cpu_s
    return evidence.for_each_us(seconds)


def _finding(identity: str, holder: Holder, evidence: Evidence, remedy: str, code: str) -> Finding:
    cpu_us = _cpu_us(holder, evidence)
    where = place(holder.file, holder.line, holder.function)
    doing = (
        f"{where} computes"
        if holder.layer is Layer.APP
        else f"The client's layer {holder.layer}, under {where}, computes"
    )
    inside = f", most of it in `{holder.inside}`" if holder.inside else ""
    return finding(
        identity,
        f"{doing} for {percent(holder.share_of_loop)} of the event loop's busy time, in many short steps",
        holder.layer,
        (holder.file, holder.line, holder.function),
        f"It takes {cpu_us / 1e3:,.2f} ms of CPU per request{inside}; requests were ready and waited "
        f"{holder.blamed_us / 1e3:,.2f} ms each for it.",
        held_facts(holder),
        remedy,
        "The claim is wrong if CPU per request does not fall when the function does less.",
        cost_us=cpu_us,
        off_cpu_us=holder.blamed_us or None,
        mechanism="No step is long enough to be noticed, but nothing else runs meanwhile: all requests wait in line.",
        code=code,
    )
