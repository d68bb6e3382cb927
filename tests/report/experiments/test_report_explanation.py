"""An explanation's page, text, JSON and Markdown: the answer, bounds in words, predictions, partial and hostile results."""

import json
import re
from dataclasses import replace
from itertools import pairwise

import pytest

from clientprof.model.estimate import Estimate
from clientprof.model.experiments.staircase import Explanation, Outcome
from clientprof.report.experiments.explanation_answer import explanation_answer
from clientprof.report.experiments.explanation_lines import explanation_lines
from clientprof.report.experiments.explanation_wording import (
    errors_sentence,
    explained_sentence,
    ranked_pointers,
    ranked_remedies,
)
from clientprof.report.experiments.prediction_errors import (
    disagreements,
    error_points,
    median_points,
    prediction_errors,
)
from clientprof.report.experiments.stair_rows import Stair, is_bounded, stair_rows
from clientprof.report.exporters.explanation_markdown import explanation_markdown
from clientprof.report.exporters.summaries.explanation_summary import explanation_summary
from clientprof.report.pages.explanation_page import explanation_page
from clientprof.report.sections.explanation import EXPLANATION_SECTIONS
from clientprof.report.terminal.experiments.explanation import explanation_text
from hostile_result import PAYLOAD, poisoned
from page_structure import elements_of
from sample_explanation import partial_explanations, sample_explanation, us

PARTIAL = partial_explanations()


def spoken() -> Explanation:
    """The sample with a text wherever it has none, as the hostile one has."""
    rows = []
    for row in sample_explanation().experiments:
        suspicion = row.suspicion
        names = ("gives_up", "remedy", "code", "pointer")
        rows.append(
            replace(row, suspicion=replace(suspicion, **{name: getattr(suspicion, name) or "-" for name in names}))
        )
    return replace(sample_explanation(), experiments=tuple(rows))


def hostile() -> Explanation:
    found = poisoned(spoken())
    assert isinstance(found, Explanation)
    return found


def sentence(explanation: Explanation) -> str:
    return "".join(part.text for part in explanation_answer(explanation)).replace("\u00a0", " ")


def section(explanation: Explanation, name: str) -> str:
    return str(EXPLANATION_SECTIONS[name].render(explanation))


@pytest.mark.parametrize("name", PARTIAL)
def test_whole_and_partial_explanations_render_everywhere(name: str) -> None:
    explanation = PARTIAL[name]
    page = explanation_page(explanation)
    assert page.startswith("<!doctype html>")
    text = explanation_text(explanation)
    markdown = explanation_markdown(explanation)
    for written in (re.sub(r"<script.*?</script>", "", page, flags=re.S), text, markdown):
        assert "None" not in written
        assert "nan" not in written
    json.dumps(explanation_summary(explanation), allow_nan=False)


def test_the_first_sentence_divides_the_ratio_up_with_figures_and_intervals() -> None:
    assert sentence(sample_explanation()) == (
        "Of the 22.3x [21.8, 22.9] CPU that httpx 0.28.1 spends per request against aiohttp 3.14.5 "
        "with 512 requests at once (load c512/1k) (1,471 µs "
        "more), 480 µs [446, 514] (32.6 %) is sniffio-missing, at most 310 µs [288, 332] (21.1 %) lock-yield, 205 µs "
        "[191, 219] (13.9 %) double-assignment and 108 µs in 2 further steps; at least 368 µs [343, 393] (25.0 %) is "
        "unexplained."
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "no_steps",
            "changes saved a part, each by itself; their staircase was not measured; 1,471 µs [1,421, 1,521] (100.0 %) is",
        ),
        ("nothing_tried", "nothing is explained: no experiment was made; 368 µs [343, 393] (25.0 %) is unexplained."),
        ("no_baseline", "Of the 1,540 µs [1,500, 1,580] of CPU that httpx 0.28.1 spends per request"),
        ("no_comparison", "Of the 1,471 µs of CPU that httpx 0.28.1 spends per request above aiohttp 3.14.5"),
        (
            "below_the_baseline",
            "without all of them it spends at most 30 µs [20, 40] less than aiohttp 3.14.5.",
        ),
        (
            "cheaper_than_the_baseline",
            "spends 460 µs less CPU per request than aiohttp 3.14.5 with 512 requests at once (load c512/1k), so there is "
            "no gap",
        ),
        (
            "a_step_that_costs",
            "480 µs [446, 514] (32.6 %) is sniffio-missing, while 160 µs are added by pool-scan; 368 µs",
        ),
        ("not_a_number", "No staircase could be built."),
    ],
)
def test_the_first_sentence_is_true_where_something_is_missing_or_other_than_hoped(name: str, words: str) -> None:
    assert words in sentence(PARTIAL[name])


def test_experiments_that_were_not_made_saved_nothing_and_lost_nothing() -> None:
    none = PARTIAL["no_steps"]
    lost = tuple(replace(row, outcome=Outcome.NO_GAIN) for row in none.experiments if row.gain_us is not None)
    assert f"removing a cause saved nothing ({len(lost)} experiments)" in sentence(replace(none, experiments=lost))
    undone = tuple(replace(row, outcome=Outcome.NOT_MEASURED, gain_us=None) for row in lost)
    assert f"none of {len(undone)} experiments was measured" in sentence(replace(none, experiments=undone))


def test_a_change_that_alone_saves_more_than_the_steps_says_where_the_rest_is() -> None:
    whole = sample_explanation()
    assert "alone saves" not in (explained_sentence(whole) or "")
    first = next(row for row in whole.experiments if row.outcome is Outcome.CONFIRMED)
    larger = replace(first, gain_us=us(1400.0, 20.0), upper_bound=True)
    said = explained_sentence(replace(whole, experiments=(larger, *whole.experiments[1:]))) or ""
    assert said.replace("\u00a0", " ").endswith(
        f"{first.suspicion.id} alone saves at most 95.2 % of it, so most of the rest is in what that replaces."
    )
    barely = replace(first, gain_us=us(1400.0, 800.0))
    assert "alone saves" not in (explained_sentence(replace(whole, experiments=(barely,))) or "")


def test_a_share_is_told_only_where_steps_explain_one() -> None:
    assert explained_sentence(PARTIAL["nothing_tried"]) is None
    assert explained_sentence(PARTIAL["no_baseline"]) is None
    assert explained_sentence(PARTIAL["cheaper_than_the_baseline"]) is None
    assert "2 steps together explain 75.0" in str(explained_sentence(PARTIAL["a_step_that_costs"]))


def test_gains_of_several_suspects_are_bounded_by_each_of_them() -> None:
    assert is_bounded(sample_explanation(), "sniffio-missing, lock-yield")
    assert not is_bounded(sample_explanation(), "sniffio-missing, url-parse")


def test_a_floor_that_is_the_baseline_has_one_row() -> None:
    stairs = replace(PARTIAL["whole"].staircase, baseline="floor")  # type: ignore[type-var]
    kinds = [row.kind for row in stair_rows(replace(PARTIAL["whole"], staircase=stairs))]
    assert Stair.BASELINE in kinds
    assert Stair.FLOOR not in kinds


def test_the_answer_is_the_first_thing_that_each_form_says() -> None:
    whole, said = sample_explanation(), sentence(sample_explanation())
    page = re.sub(r"<[^>]+>", "", section(whole, "answer")).replace("\u00a0", " ")
    assert page.startswith(said)
    assert said in " ".join(explanation_text(whole).split())
    assert said in re.sub(r"[\\*`]", "", explanation_markdown(whole))
    assert explanation_summary(whole)["answer"] == said


def test_without_an_upper_bound_nothing_is_told_as_at_most_or_at_least() -> None:
    whole = sample_explanation()
    stairs = whole.staircase
    assert stairs is not None
    sure = replace(
        whole,
        staircase=replace(stairs, steps=tuple(replace(step, upper_bound=False) for step in stairs.steps)),
        experiments=tuple(replace(row, upper_bound=False) for row in whole.experiments),
    )
    forms = (explanation_text, explanation_markdown, lambda e: section(e, "answer") + section(e, "staircase"))
    for form in forms:
        assert re.search("at most [0-9*]", form(whole))
        assert re.search("at least [0-9*]", form(whole).replace("<strong>", ""))
        assert not re.search("at most [0-9*]|at least [0-9*]", form(sure).replace("<strong>", ""))
    assert "explain at most 75.0" in section(whole, "answer").replace("\u00a0", " ")
    assert section(whole, "staircase").count("url(#staircase-hatch)") == 1
    assert section(sure, "staircase").count("url(#staircase-hatch)") == 0


def test_the_rows_of_the_staircase_lead_from_the_client_to_the_baseline_without_a_gap() -> None:
    rows = stair_rows(sample_explanation())
    assert [row.kind for row in rows] == [
        Stair.CLIENT,
        *[Stair.STEP] * 5,
        Stair.UNEXPLAINED,
        Stair.BASELINE,
        Stair.FLOOR,
    ]
    for above, below in pairwise(rows[:7]):
        assert below.top_us == above.level_us
    assert rows[6].level_us == rows[7].level_us == 69.0
    assert sum(row.share or 0.0 for row in rows) == pytest.approx(1.0)
    assert rows[1].reach == pytest.approx((1540 - 480 * 1.07, 1540 - 480 * 0.93))


def test_the_picture_s_bars_have_the_length_of_their_gains() -> None:
    rects = re.findall(r'<rect [^>]*class="stair [^>]*>', section(sample_explanation(), "staircase"))
    places = [[float(found) for found in re.findall(r' (?:x|width)="([\d.]+)%"', rect)] for rect in rects]
    assert len(places) == 9
    (_, client), (left, sniffio) = places[:2]
    assert sniffio / client == pytest.approx(480 / 1540, rel=0.001)
    assert left == pytest.approx(1060 / 1580 * 100, abs=0.01)
    assert max(x + width for x, width in places) <= 100


def test_every_figure_of_the_picture_is_in_the_table_below_it() -> None:
    whole = section(sample_explanation(), "staircase")
    picture, table = whole[: whole.index("</svg>")], whole[whole.index("<table") :]
    for text in re.findall(r"<text[^>]*>([^<]+)</text>", picture):
        words = text.replace("\u00a0", " ")
        found = re.match(r"(?:at \w+ )?([\d,]+) µs", words)
        if found is not None:
            whole_number = float(found[1].replace(",", ""))
            figures = [float(figure.replace(",", "")) for figure in re.findall(r"[\d,]+\.\d", table)]
            assert any(abs(figure - whole_number) <= 0.5 for figure in figures), words
        elif not re.fullmatch(r"[\d,.]+", words):
            assert words in table


def test_errors_are_in_points_of_the_client_s_cpu_and_the_worst_comes_first() -> None:
    whole = sample_explanation()
    errors = prediction_errors(whole)
    assert [row.experiment.suspicion.id for row in errors[:3]] == ["unbounded-pool", "double-assignment", "lock-yield"]
    assert errors[0].points == pytest.approx((40 + 210) / 1540 * 100)
    assert errors[2].points == pytest.approx((120 - 290) / 1540 * 100)
    assert median_points(errors) == pytest.approx((170 + 11.1) / 2 / 1540 * 100)
    by_name = {row.suspicion.id: error_points(whole, row) for row in whole.experiments}
    assert by_name["anyio-scopes"] is by_name["uvloop"] is by_name["gc-freeze"] is None


def test_a_disagreement_is_outside_the_interval_and_a_point_away() -> None:
    whole = sample_explanation()
    assert [row.experiment.suspicion.id for row in disagreements(prediction_errors(whole))] == [
        "unbounded-pool", "double-assignment", "lock-yield",
    ]  # fmt: skip
    wide = replace(whole.experiments[1], gain_us=us(290.0, 200.0))
    unsure = replace(whole.experiments[2], gain_us=Estimate(331.0, None, None, "us", 1))
    assert disagreements(prediction_errors(replace(whole, experiments=(wide, unsure)))) == []
    near = replace(whole.experiments[3], gain_us=us(90.0, 2.0))
    assert disagreements(prediction_errors(replace(whole, experiments=(near,)))) == []


def test_the_median_and_the_worst_case_are_told_by_name() -> None:
    for text in (section(sample_explanation(), "answer"), explanation_text(sample_explanation())):
        told = " ".join(text.replace("\u00a0", " ").split())
        assert "Predictions miss by 5.9 points of the client's CPU in the median of 6 experiments" in told.replace(
            "&#39;", "'"
        )
        assert (
            "the worst case is unbounded-pool: 40 µs predicted, -210 µs [-225, -195] measured, 16.2 points too much"
            in told
        )


def test_a_single_prediction_has_no_median_and_one_within_its_interval_says_so() -> None:
    only = replace(sample_explanation(), experiments=sample_explanation().experiments[:1])
    told = str(errors_sentence(only)).replace("\u00a0", " ")
    assert told == (
        "The prediction of the only experiment that has both figures: sniffio-missing: 469 µs predicted, 480 µs [460, 500] "
        "measured, 0.7 points too little, within the interval."
    )


def test_lenses_that_an_explanation_never_runs_are_no_warning() -> None:
    measured = sample_explanation().measured
    bare = replace(measured, clients=tuple(replace(client, ledger=None) for client in measured.clients))
    for text in (
        section(replace(sample_explanation(), measured=bare), "answer"),
        explanation_text(replace(sample_explanation(), measured=bare)),
    ):
        assert "1.2 % of the CPU time was taken" in text
        assert "Not measured for" not in text


def test_each_experiment_says_what_differs_what_it_gives_up_and_its_doubt() -> None:
    text = section(sample_explanation(), "experiments")
    assert "differs: 412 connections at the origin, not 100. A fix that keeps it gains at most as much." in text
    assert "waiters are no longer served in order" in text
    assert "one more package or variable; nothing of the client itself is changed" in text
    assert "the cost may belong to what calls it" in text
    assert "1.04 [0.97, 1.11] µs of CPU per request for each microsecond added" in text
    assert "the patch raised AttributeError: no <code>_assign</code>" in text
    assert text.count("<details>") == 9


def test_remedies_are_the_confirmed_ones_by_measured_gain_with_code_and_price() -> None:
    whole = sample_explanation()
    assert [row.suspicion.id for row in ranked_remedies(whole)] == [
        "sniffio-missing",
        "double-assignment",
        "h11-parser",
    ]
    assert [row.suspicion.id for row in ranked_pointers(whole)] == [
        "sniffio-missing", "double-assignment", "lock-yield", "h11-parser",
    ]  # fmt: skip
    text = section(whole, "remedies")
    assert "<code>pip install sniffio</code>" in text
    assert "import httpx\n\nclient = httpx.AsyncClient()" in text
    assert "unbounded-pool" not in text
    assert "encode/httpcore#1103" in text


def test_what_was_not_tried_and_what_was_left_out_of_the_measuring_is_said() -> None:
    assert "the time was up" in section(sample_explanation(), "undone")
    tried = replace(sample_explanation(), undone=(), regimes=(), interactions=())
    assert "Every suspect of the catalogue" in section(tried, "undone")
    assert "add up within their intervals" in section(tried, "interactions")
    alone = replace(PARTIAL["nothing_tried"], experiments=sample_explanation().experiments[:1])
    assert "nothing is known of interactions" in section(alone, "interactions")
    assert "Under other loads: needs the option --regimes" in explanation_page(tried)


def test_regimes_set_the_gains_beside_each_load_s_own_cost() -> None:
    text = section(sample_explanation(), "regimes").replace("\u00a0", " ")
    assert "c512/1k, 100 ms server" in text
    assert "47.5 %" in text
    assert "at most 14.0" in text


def test_the_summary_has_staircase_and_experiments_as_the_schema_names_them() -> None:
    summary = json.loads(json.dumps(explanation_summary(sample_explanation()), allow_nan=False))
    assert summary["schema"] == "clientprof.summary/1"
    assert summary["staircase"]["explained_share"] == pytest.approx(1103 / 1471, rel=1e-5)
    step = summary["staircase"]["steps"][1]
    assert step["add"] == "lock-yield"
    assert step["upper_bound"] is True
    estimate = {"value": 750.0, "low": 720.0, "high": 780.0, "unit": "us", "n": 8}
    assert step["cpu_us_per_request"] == estimate
    first = summary["experiments"][0]
    assert first["suspect"] == "sniffio-missing"
    assert first["predicted_gain"] == {"value": 468.9, "low": None, "high": None, "unit": "us", "n": 0}
    assert first["measured_gain"]["value"] == 480.0
    assert first["verdict"] == "confirmed"
    assert [row["suspect"] for row in summary["not_tried"]] == ["truststore-handshake", "keepalive-eviction"]
    assert summary["clients"][0]["name"] == "httpx"
    assert explanation_summary(PARTIAL["nothing"])["staircase"] is None


def test_the_terminal_fits_its_width_and_terminals_without_unicode() -> None:
    text = explanation_text(sample_explanation(), 80)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80
    assert "\x1b" not in text
    assert re.search(r"- lock-yield +750\.0 +<310\.0", text)
    assert text.rstrip().endswith("recording.clientprof")


def test_markdown_is_one_that_github_shows_and_keeps_its_limit() -> None:
    text = explanation_markdown(sample_explanation())
    assert len(text) < 60_000
    assert "| `lock-yield` | 750.0 \\[720.0, 780.0\\] | at most 310.0 \\[288.3, 331.7\\] | at most 21.1 % |" in text
    assert "   ```\n   pip install sniffio\n   ```" in text
    rows = [line.replace("\\|", "").count("|") for line in text.splitlines() if line.startswith("| ")]
    assert set(rows) == {7, 4}
    fenced = replace(sample_explanation().experiments[0].suspicion, code="print('''x''')\n````\n</details>")
    experiment = replace(sample_explanation().experiments[0], suspicion=fenced)
    assert "`````\n" in explanation_markdown(replace(sample_explanation(), experiments=(experiment,)))


@pytest.mark.parametrize("name", EXPLANATION_SECTIONS)
def test_hostile_text_adds_no_element_and_no_attribute_to_the_section(name: str) -> None:
    assert elements_of(section(hostile(), name)) == elements_of(section(spoken(), name))


def test_a_hostile_explanation_is_escaped_in_every_form() -> None:
    page = explanation_page(hostile())
    page.encode("utf-8")
    assert elements_of(page) == elements_of(explanation_page(spoken()))
    assert PAYLOAD not in page
    assert "<img" not in page
    for text in (page, explanation_text(hostile()), explanation_markdown(hostile())):
        assert not set(text) & set("\x1b\x00\u202e\udc80")
    outside = re.sub(r"```.*?```|`[^`]*`", "", explanation_markdown(hostile()).replace("\\`", ""), flags=re.S)
    assert not re.search(r"(?<!\\)<(script|img|svg)", outside)


def test_the_page_is_small() -> None:
    assert len(explanation_page(sample_explanation()).encode()) < 500_000


def test_five_remedies_are_shown_and_the_rest_is_folded_with_what_is_only_predicted_behind() -> None:
    whole = sample_explanation()
    confirmed = next(row for row in whole.experiments if row.suspicion.id == "sniffio-missing")
    many = [replace(confirmed, suspicion=replace(confirmed.suspicion, id=f"remedy-{n}")) for n in range(6)]
    guessed = replace(
        confirmed, suspicion=replace(confirmed.suspicion, id="guessed", predicted_us=77.0), gain_us=None,
        outcome=Outcome.NOT_MEASURED, reason="the time was up",
    )  # fmt: skip
    text = section(replace(whole, experiments=(*many, guessed)), "remedies")
    shown, folded = text.split("<details>", 1)
    assert [name in shown for name in ("remedy-4", "remedy-5", "guessed")] == [True, False, False]
    assert "remedy-5" in folded
    assert "Predicted to save 77\u00a0µs per request; not measured: the time was up" in folded
    lines = explanation_lines(replace(whole, experiments=(guessed,)))
    assert "Predicted to save" in lines.steps[0].text
