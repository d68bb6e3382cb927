"""The parts of the flame graphs' scripts that need no screen: layout, and weights that add up under every filter."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from clientprof.model.samples import Profile
from clientprof.report.costs.flame_tree import flame_tree, packed
from clientprof.report.writing.assets import asset
from sample_result import HTTPX_LAYERS_US
from sample_tree import httpx_tree

pytestmark = pytest.mark.browser


@pytest.fixture
def blank(browser: Browser) -> Iterator[Page]:
    """An empty page."""
    opened = browser.new_page()
    yield opened
    opened.close()


def test_layout_gives_children_the_width_of_their_weight(blank: Page) -> None:
    widths = blank.evaluate(
        """source => {
            const layout = new Function(source + '; return layoutFrames;')();
            const tree = {parent: [-1, 0, 0], children: [[1, 2], [], []], depth: [0, 1, 1], total: [10, 6, 3]};
            return layout(tree, 0, 0.001).map(frame => [frame.node, frame.left, frame.width.toFixed(3)]);
        }""",
        asset("flame_layout.js"),
    )
    assert widths == [[0, 0, "1.000"], [1, 0, "0.600"], [2, pytest.approx(0.6), "0.300"]]


def test_layers_states_and_hidden_frames_add_up_to_the_whole(blank: Page) -> None:
    root = httpx_tree(HTTPX_LAYERS_US)
    data = packed(flame_tree(Profile(root, 1, 1, 1540.0, 1000.0)))
    assert data["light"], "the sample must have merged frames, or this proves nothing of them"
    found = blank.evaluate(
        """([source, data]) => {
            const [unpack, weigh] = new Function(source + '; return [unpackTree, weighTree];')();
            const tree = unpack(data);
            const under = (filter) => weigh(tree, {layers: new Set(), state: '', hidden: new Set(), ...filter});
            const whole = under({}).total[0];
            const byLayer = data.layers.map(layer => under({layers: new Set([layer])}).total[0]);
            const byState = ['running', 'apart'].map(state => under({state}).total[0]);
            const wrong = [];
            for (const {key} of tree.frames) {
                for (const filter of [{}, {layers: new Set(['pool', 'io'])}, {state: 'apart'}]) {
                    const all = under(filter).total[0];
                    const {total, hiddenWeight, taken} = under({...filter, hidden: new Set([key, 'no.such'])});
                    const said = [...taken.values()].reduce((sum, weight) => sum + weight, 0);
                    if (total[0] + hiddenWeight !== all || said !== hiddenWeight) wrong.push([key, total[0]]);
                }
            }
            const sum = (weights) => weights.reduce((total, weight) => total + weight, 0);
            return {whole, layers: sum(byLayer), states: sum(byState), pool: byLayer[data.layers.indexOf('pool')], wrong};
        }""",
        [asset("flame_layout.js"), data],
    )
    assert found["whole"] == sum(data["self"])  # type: ignore[call-overload]
    assert found["layers"] == found["states"] == found["whole"]
    assert found["pool"] == pytest.approx(562_400, abs=300)
    assert found["wrong"] == []


def test_a_match_below_a_match_and_what_a_filter_leaves_out_count_nothing(blank: Page) -> None:
    found = blank.evaluate(
        """source => {
            const [find, match] = new Function(source + '; return [findMatches, matching];')();
            const frame = name => ({name, where: '', layer: 'pool'});
            const tree = {parent: [-1, 0, 1, 0], depth: [0, 1, 2, 1], total: [10, 6, 5, 0],
                          frames: ['root', 'lock', 'lock', 'lock'].map(frame)};
            const {matched, weight} = find(tree, match(/lock/));
            return [[...matched], weight];
        }""",
        asset("flame_layout.js"),
    )
    assert found == [[1, 2], 6]


def test_the_layout_of_a_difference_follows_the_arm_that_widens_and_both_arms_are_filtered(blank: Page) -> None:
    found = blank.evaluate(
        """source => {
            const [unpack, weigh, layout] =
                new Function(source + '; return [unpackDifference, weighDifference, layoutFrames];')();
            const tree = unpack({depth: [0, 1, 1], location: [null, null, -2], layer: [-1, 0, 1], layers: ['pool', 'io'],
                strings: [], locations: [], roots: [], names: ['a', 'b'], tone: [3, 6, 3],
                baseline: [0, 4, 4], candidate: [0, 6, 4]});
            const none = {layers: new Set(), state: '', hidden: new Set()};
            const widths = ['candidate', 'baseline'].map(arm => layout(weigh(tree, none, arm), 0, 0.001).map(f => f.width));
            const pool = weigh(tree, {...none, layers: new Set(['pool'])}, 'baseline');
            const hidden = weigh(tree, {...none, hidden: new Set(['layer:pool'])}, 'candidate');
            return [widths, [pool.total[0], pool.arms.candidate.total[0]], [hidden.total[0], hidden.hiddenWeight]];
        }""",
        asset("flame_layout.js") + asset("flame_difference.js"),
    )
    assert found[0] == [pytest.approx([1, 0.6, 0.4]), pytest.approx([1, 0.5, 0.5])]
    assert found[1:] == [[4, 6], [4, 6]]
