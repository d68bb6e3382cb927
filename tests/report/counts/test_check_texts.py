"""A check as JSON, Markdown and annotations: hostile names stay text, and the first changed function is the place."""

import json

from clientprof.model.counts.check import ChangedFunction, CheckResult, JudgedBound, Kept
from clientprof.model.counts.exact import FunctionDifference
from clientprof.model.samples import CodeLocation
from clientprof.report.counts.check_texts import check_json, check_markdown, github_annotations

HOSTILE = "evil`|<script>\n::error::%0A\x1b[31m"
MOVED = FunctionDifference(CodeLocation("h11", HOSTILE, "h11/x.py", 3, "package"), "http", 12.0, 1.0, 90.0, 8.0)
RESULT = CheckResult(
    command=("clientprof", "check"),
    head="h11@2", base="h11@1", heads=(), bases=(),
    bounds=(
        JudgedBound("c4/1k", "calls <= 1 x base", Kept.BROKEN, "12 per request, 1 in the base", 12.0, 1.0, 1.0, (MOVED,)),
        JudgedBound("c4/1k", "bytecodes <= 1 x base", Kept.BROKEN, "90 per request", 90.0, 8.0, 8.0, (MOVED,)),
        JudgedBound("c4/1k", "selects <= 2", Kept.UNDECIDED, "selects is not counted"),
        JudgedBound("c4/1k", "tasks <= 2", Kept.KEPT, "1 per request", 1.0),
    ),
    changed=(
        ChangedFunction("h11.generated", "h11/y.py", 5),
        ChangedFunction("h11.f", "h11/x.py", 3, "src/a,b:c/h11/x.py"),
    ),
)  # fmt: skip
KEPT = CheckResult(("clientprof", "check"), "h11@2", "h11@1", (RESULT.bounds[3],), (), ())


def test_an_annotation_is_one_line_at_the_first_changed_function_that_the_repository_has() -> None:
    lines = github_annotations(RESULT).split("\n")
    assert [line.partition(" ")[0] for line in lines] == ["::error", "::error", "::warning"]
    assert lines[0].startswith(
        "::error file=src/a%2Cb%3Ac/h11/x.py,line=3,title=clientprof check::c4/1k: calls <= 1 x base is broken: "
    )
    assert "(12 calls, 1 before)" in lines[0]
    assert "(90 bytecodes, 8 before)" in lines[1]
    assert "\x1b" not in "".join(lines)
    assert "%250A" in lines[0]
    assert github_annotations(KEPT) == "::notice title=clientprof check::h11@2 against h11@1: 1 bound, all kept"


def test_markdown_has_a_row_for_each_bound_and_shows_names_as_text() -> None:
    text = check_markdown(RESULT)
    assert text.startswith("### clientprof: h11\\@2 against h11\\@1: 2 bounds of 4 broken\n")
    assert "| c4/1k | `calls <= 1 x base` | 1 | 12 | 1 | **broken** |" in text
    assert "| c4/1k | `selects <= 2` | - | - | - | not decided |" in text
    assert "<script>" not in text
    assert "\n::error" not in text


def test_json_has_the_outcome_every_bound_and_what_moved() -> None:
    data = json.loads(check_json(RESULT))
    assert (data["schema"], data["outcome"]) == ("clientprof.check/1", "broken")
    assert [row["outcome"] for row in data["bounds"]] == ["broken", "broken", "not decided", "kept"]
    assert data["bounds"][0]["moved"][0]["calls"] == 12
    assert data["changed"][1] == {"function": "h11.f", "file": "src/a,b:c/h11/x.py", "line": 3}
    assert json.loads(check_json(KEPT))["outcome"] == "kept"
