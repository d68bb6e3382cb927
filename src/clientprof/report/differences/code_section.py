"""The lines that changed in the functions of the layers that moved, beside what they cost."""

from clientprof.model.differences.changed_code import CodeDifference, FunctionLines, LayerLines
from clientprof.model.differences.comparison import ComparisonResult, Pair
from clientprof.report.differences.gap_section import signed
from clientprof.report.writing.markup import Html, caption, details, join, tag
from clientprof.report.writing.page_parts import chip, function_at, quiet
from clientprof.report.writing.wording import named

OTHERS = 20
_KINDS = {"+": "added", "-": "removed", "@": "piece"}


def code_section(result: ComparisonResult) -> Html | None:
    """One block per pair whose code is known: layer by layer, the changed lines of its functions."""
    pairs = [(pair, pair.code) for pair in result.pairs if pair.code is not None]
    if not pairs:
        return None
    text = caption(
        "Lines of the diff in functions of the layers that moved, the layer that moved most first. A changed function may "
        "cost more in others: those that it calls, or that wait for it."
    )
    return join((text, *(_of_pair(result, pair, code) for pair, code in pairs)))


def _of_pair(result: ComparisonResult, pair: Pair, code: CodeDifference) -> Html:
    label = f"{named(result.measured, pair.candidate)} against {named(result.measured, result.baseline)}"
    layers = [layer for layer in code.layers if layer.functions]
    return tag(
        "div",
        tag("h3", label),
        tag("p", summary_text(code)),
        *(_layer(layer) for layer in layers),
        _others(code),
        class_="client",
    )


def summary_text(code: CodeDifference) -> str:
    """How much of the code differs, and where the layers that moved have it, in a sentence."""
    functions = f"{code.changed:,} function{'s differ' if code.changed != 1 else ' differs'} in the code"
    if not code.layers:
        return f"{functions}; no layer moved beyond chance."
    if not any(layer.functions for layer in code.layers):
        return f"{functions}, none of which costs most in a layer that moved: their effect lies in what they call."
    return f"{functions}."


def _others(code: CodeDifference) -> Html | None:
    """The changed functions that no layer shows: open where there is nothing else to read."""
    if not code.others:
        return None
    rows = [_function(row) for row in code.others]
    more = f" and {len(code.more) - OTHERS:,} more" if len(code.more) > OTHERS else ""
    names = tag("p", f"Also changed: {', '.join(code.more[:OTHERS])}{more}.", class_="quiet") if code.more else None
    if not any(layer.functions for layer in code.layers):
        return join((*rows, names))
    return details(f"Other changed functions: {len(code.others) + len(code.more):,}", *rows, names)


def _layer(layer: LayerLines) -> Html:
    moved = f"{signed(layer.difference_us)} µs per request"
    return join(
        (tag("h4", chip("layer", layer.layer), " ", quiet(moved)), *(_function(row) for row in layer.functions))
    )


def _function(row: FunctionLines) -> Html:
    place = row.location
    lines = [tag("span", line, class_=_KINDS.get(line[:1])) for line in row.lines]
    if row.more:
        lines.append(tag("span", f"{row.more:,} more lines", class_="piece"))
    block = tag(
        "pre", tag("code", *lines), class_="lines", tabindex="0", role="region", aria_label=f"Diff of {place.name}"
    )
    head = function_at(place.function, place.file, place.line, place.module)
    return join((tag("p", head), block))
