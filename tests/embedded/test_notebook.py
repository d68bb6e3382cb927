"""Notebooks: cells are counted as they are, commands show their answer, and the example notebook runs in a real kernel."""

from pathlib import Path

import nbformat
import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from nbclient import NotebookClient

from clientprof.embedded.notebook.commands import Result, parted
from clientprof.embedded.notebook.magics import Magics, load, opening_the_block, unload
from clientprof.model.costs.watching import Costs, SiteCosts, Watched
from clientprof.model.programs.recording import CallSite
from clientprof.report.watching.html import watched_html

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "notebooks" / "example.ipynb"
HOSTILE = "<img src=x onerror=alert(1)>\x1b[2J"
ANSWER = "httpx against aiohttp\n\n  what  slow\n  why   \u2026\n  do    that"


def test_the_first_line_of_a_counted_cell_becomes_a_call_and_lines_keep_their_numbers() -> None:
    cell = ["%%clientprof as seen\n", "text = '''\n", "a\n", "'''\n"]
    changed = opening_the_block(cell)
    assert changed[0] == "get_ipython().run_line_magic('clientprof_watch', 'seen')\n"
    assert changed[1:] == cell[1:]
    assert opening_the_block(["%%clientprof\n", "1"])[0].endswith("'')\n")
    for other in (["%%clientprof run --for 3\n", "1"], ["%%clientprofs\n"], ["x = 1\n", "%%clientprof\n"], []):
        assert opening_the_block(other) == other


def test_a_cell_is_counted_to_its_end_and_the_extension_leaves_nothing_behind(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shell = InteractiveShell()
    before = list(shell.input_transformers_cleanup)
    load(shell)
    load(shell)
    assert len(shell.input_transformers_cleanup) == len(before) + 1
    shell.run_cell("%%clientprof as seen\ninside = seen.open\n1 / 0")
    assert shell.user_ns["inside"] is True
    assert shell.user_ns["seen"].open is False
    assert "0 requests, 0 failed" in capsys.readouterr().out
    unload(shell)
    assert shell.input_transformers_cleanup == before
    assert "clientprof" not in shell.magics_manager.magics["line"] | shell.magics_manager.magics["cell"]
    shell.run_cell("2")
    assert "requests" not in capsys.readouterr().out


def test_a_command_that_takes_no_cell_says_what_to_write(capsys: pytest.CaptureFixture[str]) -> None:
    magics = Magics(InteractiveShell())
    with pytest.raises(UsageError, match="write %clientprof trace --client httpx in a line of its own"):
        magics.clientprof("trace --client httpx", "1")
    with pytest.raises(UsageError, match="write %%clientprof run above a cell"):
        magics.clientprof("run")
    magics.clientprof("")
    assert "%%clientprof run [options]" in capsys.readouterr().out


def test_a_result_shows_its_answer_first_and_the_rest_folded() -> None:
    assert parted(f"{ANSWER}\n\nThe rest") == (ANSWER, "The rest")
    assert parted("only this\n\nand that") == ("only this\n\nand that", "")
    shown = Result(f"{ANSWER}\n\n{HOSTILE}", {"report": Path("reports/a run/report.html")})._repr_html_()
    assert shown.index("what") < shown.index("<details>") < shown.index("&lt;img")
    assert 'href="reports/a%20run/report.html"' in shown
    assert "<img" not in shown
    assert "\x1b" not in shown


def test_what_was_counted_is_a_table_in_which_a_cell_is_called_a_cell() -> None:
    site = CallSite("/tmp/ipykernel_4711/1234567.py", 3, "<module>", "__main__", "")
    hostile = CallSite("/srv/app.py", 7, HOSTILE, "app", "")
    costs = Costs(requests=2)
    shown = watched_html(
        Watched(costs, (SiteCosts(site, "httpx", costs), SiteCosts(hostile, "x", costs)), {HOSTILE: 1}, (HOSTILE,))
    )
    assert '<th scope="row">cell, line 3</th><td>httpx</td><td>2</td>' in shown
    assert "app.py:7 &lt;img" in shown
    assert "<img" not in shown
    assert "\x1b" not in shown


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # jupyter_client's own
def test_the_example_notebook_runs_in_a_real_kernel(tmp_path: Path) -> None:
    notebook = nbformat.read(EXAMPLE, as_version=4)
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources).execute()
    outputs = {cell.source.partition("\n")[0]: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
    value, counted = outputs["%%clientprof"]
    assert value.data["text/plain"] == "5"
    assert "5 requests, 0 failed; 5 connections opened" in counted.data["text/html"]
    assert "cell, line 3" in counted.data["text/html"]
    shown = list(outputs["result = %clientprof trace --client httpx -n 8 --rounds 1 --blocks 1"])
    assert "what  httpx" in shown[-1].data["text/html"]
    assert 'href="reports/' in shown[-1].data["text/html"]
    (program,) = [output.data["text/html"] for output in outputs["%%clientprof run"] if "data" in output]
    assert "3 requests" in program
