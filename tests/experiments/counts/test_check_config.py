"""What ``[tool.clientprof]`` says is read whole, or refused with the file, the key and what to write."""

from pathlib import Path

import pytest

from clientprof.experiments.counts.check_config import ConfigError, read_config

GOOD = """
client = "httpx2"
base = "main"
scenarios = ["c16/1k", {load = "c8/1k/tls", bounds = ["selects <= 9"]}]
bounds = ["pool passes per request <= 2", "cpu <= 1.05 x base"]
"""


def written(folder: Path, text: str, name: str = "pyproject.toml", table: str = "[tool.clientprof]\n") -> Path:
    file = folder / name
    file.write_text(table + text)
    return file


def test_a_scenario_has_the_common_bounds_and_its_own(tmp_path: Path) -> None:
    config = read_config(written(tmp_path, GOOD + 'path = "src/httpx2"\n'))
    assert (config.client, config.base, config.folder) == ("httpx2", "main", tmp_path / "src/httpx2")
    assert [(each.label, [bound.name for bound in each.bounds]) for each in config.scenarios] == [
        ("c16/1k", ["pool_passes", "cpu"]),
        ("c8/1k/tls", ["pool_passes", "cpu", "selects"]),
    ]
    assert config.relative
    assert config.times


def test_a_toml_file_of_its_own_has_the_keys_at_its_top_or_in_the_table(tmp_path: Path) -> None:
    plain = read_config(written(tmp_path, GOOD, "bounds.toml", ""))
    assert plain == read_config(written(tmp_path, GOOD, "bounds.toml"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "does not say which client"),
        ('client = "httpx3"', "no client 'httpx3'; did you mean httpx"),
        ('client = "httpx2@git:.@main"', "no client"),
        ('client = "httpx2+h11@."', "names a source or version; the base and the head are from git"),
        ('client = "httpx2"', "has no scenarios; write"),
        ('client = "httpx2"\nscenarios = ["c4/1k"]', "has no bounds for c4/1k"),
        ('client = "httpx2"\nscenarios = ["c4/1k", "c4/1k"]\nbounds = ["calls < 1"]', "has the scenario c4/1k twice"),
        ('client = "httpx2"\nscenarios = ["c4/1x"]\nbounds = ["calls < 1"]', "'1x' is no size"),
        ('client = "httpx2"\nscenarios = [{lod = "c4/1k"}]', "a scenario has no 'lod'; did you mean load?"),
        ('client = "httpx2"\nscenarios = [4]\nbounds = ["calls < 1"]', "a scenario is a label"),
        ('client = "httpx2"\nscenarios = ["c4/1k"]\nbounds = "calls < 1"', "bounds is a list of texts"),
        ('client = "httpx2"\nscenarios = ["c4/1k"]\nbounds = ["pool passes"]', "is no bound"),
        ('client = "httpx2"\nscenario = ["c4/1k"]', "has no 'scenario'; did you mean scenarios?"),
        ('client = "httpx2"\nbase = 3', "has no scenarios"),
        ('client = "httpx2"\nscenarios = ["c4/1k"]\nbounds = ["calls < 1"]\nbase = 3', "base is a text, not 3"),
        ('client = "httpx2"\nscenarios = ["c4/1k"]\nbounds = ["calls < 1"]\ncpu-seconds = true', "cpu-seconds must be"),
        ("client = httpx2", "is no TOML"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_write(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read_config(written(tmp_path, text))
    assert said in str(refused.value)
    assert str(tmp_path) not in str(refused.value)


def test_a_file_that_is_missing_or_has_no_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no pyproject\.toml here; name the file with --config"):
        read_config(tmp_path / "pyproject.toml")
    with pytest.raises(ConfigError, match=r"pyproject\.toml has no table \[tool\.clientprof\]"):
        read_config(written(tmp_path, '[project]\nname = "x"\n', table=""))
