"""Memory that stays when the requests are done, round after round."""

from clientprof.attribution.findings.subject import Subject
from clientprof.model.findings import Finding
from clientprof.model.layers import Layer

# Bytes a request that surely stay. Less is what tables and pools grow by until they are as large as they get.
SMALLEST_GROWTH = 100.0


def grows(subject: Subject) -> Finding | None:
    """Every round leaves something that no collection finds."""
    memory = subject.client.memory
    if memory is None or memory.growth is None:
        return None
    traced = memory.growth.traced
    if traced.low is None or traced.low < SMALLEST_GROWTH:
        return None
    holder = next(iter(memory.growth.functions), None)
    where = "" if holder is None else f" in {holder.module}.{holder.function}"
    return Finding(
        id="memory-grows",
        title=f"{subject.name} keeps {traced.value:,.0f} bytes of every request",
        layer=Layer.OTHER if holder is None else holder.layer,
        culprits=() if holder is None else (subject.culprit(holder),),
        claim=f"After each round, idle and with garbage collected, more memory is held than before{where}.",
        evidence=(
            f"{traced.value:,.0f} bytes a request [{traced.low:,.0f}, {traced.high or traced.value:,.0f}] over "
            f"{traced.n} rounds",
            *(
                f"{row.bytes_per_request:,.0f} of them, {row.blocks_per_request:.1f} blocks, by {row.module}.{row.function}"
                for row in memory.growth.functions[:3]
            ),
        ),
        remedy="Look for what each request adds there and nothing takes away: a list, a table without a bound, callbacks.",
        falsifier="The claim is wrong if the memory held after rounds stops growing over four times as many of them.",
    )
