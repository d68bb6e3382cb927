"""Which lines of the diff are shown: those of functions in layers that moved, followed under other names."""

from dataclasses import replace

import pytest

from clientprof.attribution.differences.code_lines import MOST_LINES, code_difference
from clientprof.model.differences.between_arms import CostDifference, Followed, FunctionDifference, Gap, LayerDifference
from clientprof.model.differences.changed_code import ArmCode, CodeDifference, FunctionCode
from clientprof.model.estimate import Estimate
from clientprof.model.layers import Layer
from clientprof.model.samples import CodeLocation

FILE = "pkg/pool.py"


def cost(apart: float, significant: bool) -> CostDifference:
    return CostDifference(10.0, 10.0 + apart, Estimate(apart, apart - 1, apart + 1, "us", 5), 0.01, significant)


def at(function: str) -> CodeLocation:
    return CodeLocation("pkg.pool", function, FILE, 1, "package")


def layer(which: Layer, apart: float, *functions: tuple[str | None, str | None], moved: bool = True) -> LayerDifference:
    rows = tuple(
        FunctionDifference(which, was and at(was), now and at(now), Followed.NAME, cost(apart, moved))  # type: ignore[arg-type]
        for was, now in functions
    )
    return LayerDifference(which, cost(apart, moved), 0.5, rows, 0.0, 0)


def gap(*layers: LayerDifference) -> Gap:
    return Gap("a", "b", layers, Estimate(1.0, 0.0, 2.0, "us", 5), None, None, 3, (1, 1), 0.0, 0.1)


def arm(client: str, **texts: str) -> ArmCode:
    codes = (FunctionCode(FILE, name.replace("__", "."), 7, text) for name, text in texts.items())
    return ArmCode(client, tuple(codes))


def lines_of(code: CodeDifference) -> dict[str, tuple[str, ...]]:
    return {row.location.function: row.lines for each in code.layers for row in each.functions}


def test_lines_are_shown_for_layers_that_moved_and_others_are_listed_apart() -> None:
    moved, still = layer(Layer.POOL, 9.0, ("f", "f")), layer(Layer.HTTP, 0.1, ("g", "g"), moved=False)
    was, now = (
        arm("a", f="def f():\n    return 1", g="def g(): 1"),
        arm("b", f="def f():\n    return 2", g="def g(): 2"),
    )
    code = code_difference(gap(moved, still), was, now)
    assert lines_of(code) == {"f": ("@@ -7 +7 @@", " def f():", "-    return 1", "+    return 2")}
    assert code.changed == 2
    assert [row.location.name for row in code.others] == ["pkg.pool.g"]


def test_a_renamed_function_is_held_against_what_it_was() -> None:
    code = code_difference(
        gap(layer(Layer.POOL, 9.0, ("old", "new"))), arm("a", old="x = 1\ny"), arm("b", new="x = 2\ny")
    )
    assert lines_of(code)["new"] == ("@@ -7 +7 @@", "-x = 1", "+x = 2", " y")
    assert code.others == ()


@pytest.mark.parametrize("side", [(None, "f"), ("f", None)])
def test_a_function_that_one_arm_never_showed_has_the_text_of_both(side: tuple[str | None, str | None]) -> None:
    code = code_difference(gap(layer(Layer.POOL, 9.0, side)), arm("a", f="one"), arm("b", f="two"))
    assert lines_of(code)["f"] == ("@@ -7 +7 @@", "-one", "+two")


def test_a_frame_inside_a_function_stands_for_the_function_around_it() -> None:
    inner = "f.<locals>.<listcomp>"
    code = code_difference(gap(layer(Layer.POOL, 9.0, (inner, inner))), arm("a", f="one"), arm("b", f="two"))
    assert set(lines_of(code)) == {"f"}


def test_a_functions_lines_are_shown_once_in_the_layer_that_moved_most() -> None:
    pool, http = layer(Layer.POOL, 3.0, ("f", "f")), layer(Layer.HTTP, -9.0, ("f", "f"))
    code = code_difference(gap(pool, http), arm("a", f="one"), arm("b", f="two"))
    assert [(row.layer, len(row.functions)) for row in code.layers] == [(Layer.HTTP, 1), (Layer.POOL, 0)]


def test_a_function_that_only_went_to_another_file_has_not_changed() -> None:
    was = arm("a", f="same")
    now = ArmCode("b", tuple(replace(code, file="pkg/elsewhere.py") for code in was.functions))
    assert code_difference(gap(layer(Layer.POOL, 9.0, ("f", "f"))), was, now).changed == 0


def test_long_changes_are_cut_and_counted() -> None:
    new = "\n".join(f"line {number}" for number in range(100))
    code = code_difference(gap(layer(Layer.POOL, 9.0, ("f", "f"))), arm("a"), arm("b", f=new))
    (row,) = code.layers[0].functions
    assert (len(row.lines), row.more) == (MOST_LINES, 101 - MOST_LINES)
