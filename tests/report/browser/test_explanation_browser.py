"""The page of an explanation in Chromium: the staircase at every width, both themes, without scripts, under attack."""

from itertools import pairwise
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser

from clientprof.model.experiments.staircase import Explanation
from clientprof.report.pages.explanation_page import explanation_page
from hostile_result import poisoned
from opened_pages import check_width, open_page, unexpected
from sample_explanation import partial_explanations, sample_explanation

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    hostile = poisoned(sample_explanation())
    assert isinstance(hostile, Explanation)
    found = {}
    for name, explanation in {**partial_explanations(), "hostile": hostile}.items():
        found[name] = folder / f"{name}.html"
        found[name].write_text(explanation_page(explanation), encoding="utf-8")
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_themes_raise_no_trouble_and_draw_every_bar(
    browser: Browser, pages: dict[str, Path], theme: Literal["light", "dark"]
) -> None:
    opened, troubles = open_page(browser, pages["whole"], theme=theme)
    opened.locator("#flame-0-graph .frame").first.wait_for()
    colours = opened.eval_on_selector_all(".stair", "bars => bars.map(bar => getComputedStyle(bar).fill)")
    paper = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    opened.context.close()
    assert unexpected(troubles) == []
    assert len(colours) == 9
    assert paper not in colours
    assert len(set(colours)) == 7  # five layers, the clients, the unexplained rest


@pytest.mark.parametrize("size", [360, 1440])
def test_bars_keep_their_proportions_and_type_its_size_at_every_width(
    browser: Browser, pages: dict[str, Path], size: int
) -> None:
    opened, _ = open_page(browser, pages["whole"], (size, 900))
    boxes = opened.eval_on_selector_all(
        ".stair", "bars => bars.map(bar => bar.getBoundingClientRect()).map(box => [box.left, box.right])"
    )
    texts = opened.eval_on_selector_all(
        ".staircase g > text:last-of-type",
        "texts => texts.map(text => [text.getBoundingClientRect().left, getComputedStyle(text).fontSize])",
    )
    names = opened.eval_on_selector_all(
        ".staircase .name", "names => names.map(name => name.getBoundingClientRect().right)"
    )
    opened.context.close()
    widths = [right - left for left, right in boxes]
    assert widths[1] / widths[0] == pytest.approx(480 / 1540, rel=0.02)
    for above, below in pairwise(boxes[1:6]):
        assert below[1] == pytest.approx(above[0], abs=1)
    assert {size for _, size in texts} == {"12px"}
    assert all(name < figure for name, (figure, _) in zip(names, texts, strict=True))


@pytest.mark.parametrize("name", ["whole", "hostile", "a_step_that_costs", "no_baseline", "nothing", "not_a_number"])
@pytest.mark.parametrize("size", [360, 768, 3840])
def test_pages_never_scroll_sideways_and_run_no_foreign_script(
    browser: Browser, pages: dict[str, Path], name: str, size: int
) -> None:
    check_width(browser, pages[name], size)


def test_the_picture_names_its_table_which_has_a_row_for_each_bar(browser: Browser, pages: dict[str, Path]) -> None:
    opened, _ = open_page(browser, pages["whole"], scripts=False)
    assert "the table below" in (opened.locator("svg[role=img]").get_attribute("aria-label") or "")
    rows = opened.locator("#staircase tbody tr").count()
    bars = opened.locator(".stair").count()
    assert opened.locator("#staircase .scroll").get_attribute("tabindex") == "0"
    opened.context.close()
    assert rows == bars == 9
