"""A result says which command measured it, whatever the program is called."""

from dataclasses import replace

import pytest

from clientprof.attribution.programs.program_result import program_result
from clientprof.report.exporters.summaries.program_summary import to_program_summary
from programs_by_hand import Made, Program


@pytest.mark.parametrize(
    ("words", "how"),
    [
        (("clientprof", "attach", "4711", "--for", "10", "app.py"), "attach"),
        (("attach", "4711", "app.py"), "attach"),  # recorded before the command was told whole
        (("clientprof", "run", "--for", "10", "app.py"), "run"),
        (("clientprof", "run", "attach", "app.py"), "run"),
    ],
)
def test_the_result_is_called_by_the_command_that_measured_it(words: tuple[str, ...], how: str) -> None:
    made = Program([Made(0, 500)]).recording()
    result = program_result(replace(made, manifest=replace(made.manifest, command=words)))
    assert result.title == f"clientprof {how} app.py"
    assert to_program_summary(result)["command"] == ["clientprof", how, "app.py"]
