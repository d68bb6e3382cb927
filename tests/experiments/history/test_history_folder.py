"""The folder of a history: older files are read, others refused by name, and SQL reaches nothing but the tables."""

import re
import shutil
from pathlib import Path

import duckdb
import pytest

from clientprof.experiments.history import store, tables
from clientprof.experiments.history.question import answer, observations
from clientprof.experiments.history.rows import client_of
from clientprof.experiments.history.store import History
from clientprof.experiments.history.tables import KEY, RESULTS, HistoryError, Table

# Written by schema 1: a trace of httpx2 2.16.2 against aiohttp, and a program with its exchanges. Never written again.
VERSION_1 = Path(__file__).parent / "version_1"


@pytest.fixture
def history(tmp_path: Path) -> History:
    shutil.copytree(VERSION_1, tmp_path / "history")
    return History(tmp_path / "history")


def rows(history: History, sql: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in answer(history, sql).rows]


def test_a_history_of_schema_1_is_read(history: History) -> None:
    assert rows(history, "SELECT kind FROM recordings ORDER BY kind") == [("program",), ("trace",)]
    found, machines = observations(history)
    traced = [row for row in found if row.client in ("httpx2", "aiohttp")]
    assert {(row.client, row.version) for row in traced} == {("httpx2", "2.16.2"), ("aiohttp", "3.14.5")}
    (mine,) = (row for row in traced if row.client == "httpx2")
    assert mine.ratio is not None
    assert mine.ratio.value > 1
    assert (mine.baseline, mine.python) == ("aiohttp 3.14.5", "3.11.7")
    assert sum(mine.layers_us.values()) == pytest.approx(mine.cpu_us.value, rel=0.5)
    assert sum(machine.recordings for machine in machines) == 2
    whole = (
        "SELECT count(*), bool_and(wall_ns = running_ns + ready_ns + waiting_ns) FROM exchanges WHERE running_ns >= 0"
    )
    assert rows(history, whole)[0][1] is True
    alike = "SELECT DISTINCT client FROM exchanges WHERE client NOT IN (SELECT client FROM results)"
    assert rows(history, alike) == []


def test_a_later_schema_reads_files_that_lack_its_columns(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    later = Table(RESULTS.name, {**RESULTS.columns, "added_later": "DOUBLE"})
    monkeypatch.setitem(tables.TABLES, RESULTS.name, later)
    monkeypatch.setattr(store, "VERSION", tables.VERSION + 1)
    assert rows(history, "SELECT count(*) > 10, count(added_later) FROM results") == [(True, 0)]


def test_a_file_of_a_newer_schema_is_refused_by_both_versions(history: History) -> None:
    (one, *_) = sorted((history.folder / "results").glob("*.parquet"))
    with duckdb.connect() as database:
        database.execute(f"COPY (SELECT 1 AS a) TO '{one}' (FORMAT parquet, KV_METADATA {{{KEY}: '99'}})")
    with pytest.raises(HistoryError, match=r"written by a newer clientprof \(schema 99; this one reads up to 1\)"):
        history.open()


def test_a_half_written_file_and_a_foreign_one_are_named(history: History) -> None:
    (one, *_) = sorted((history.folder / "results").glob("*.parquet"))
    whole = one.read_bytes()
    one.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(HistoryError, match=f"{re.escape(one.name)} is damaged or only half written"):
        history.open()
    with duckdb.connect() as database:
        database.execute(f"COPY (SELECT 1 AS a) TO '{one}' (FORMAT parquet)")
    with pytest.raises(HistoryError, match="is no file of a history of clientprof"):
        history.open()


def test_what_an_interrupted_add_left_is_of_no_recording(history: History) -> None:
    before = rows(history, "SELECT count(*) FROM results")
    (one, *_) = sorted((history.folder / "results").glob("*.parquet"))
    shutil.copy(one, one.with_name("0123456789ab.parquet"))
    assert rows(history, "SELECT count(*) FROM results") == before


def test_there_is_no_history_in_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match=r"there is no history in .*: add recordings by"):
        History(tmp_path).open()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '{folder}/results/*.parquet'",
        "SELECT * FROM glob('{folder}/**')",
        "SELECT * FROM read_csv('http://127.0.0.1:9/a.csv')",
        "COPY results TO '{folder}/out.csv'",
        "WITH x AS (COPY results TO '{folder}/out.csv') SELECT 1",
        "ATTACH '{folder}/other.db'",
        "EXPORT DATABASE '{folder}/all'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "DROP TABLE results",
        "SELECT 1; SELECT 2",
        "nonsense",
        "",
    ],
)
def test_a_query_reads_tables_and_nothing_else(history: History, sql: str) -> None:
    before = sorted(history.folder.rglob("*"))
    with pytest.raises(HistoryError):
        answer(history, sql.replace("{folder}", str(history.folder)))
    assert sorted(history.folder.rglob("*")) == before


@pytest.mark.parametrize(
    "sql", ["FROM results", "DESCRIBE results", "SUMMARIZE results", "EXPLAIN SELECT 1", "VALUES (1)"]
)
def test_what_only_reads_is_answered(history: History, sql: str) -> None:
    assert answer(history, sql).rows


@pytest.mark.parametrize(
    ("name", "client"),
    [
        ("httpx", "httpx"),
        ("httpx2==2.16.2", "httpx2"),
        ("httpx==0.28.1+sniffio", "httpx+sniffio"),
        ("httpx@py3.14", "httpx"),
        ("httpx==0.28.1@py3.14+sniffio", "httpx+sniffio"),
        ("httpx, new each", "httpx, new each"),
        ("curl_cffi", "curl_cffi"),
    ],
)
def test_a_client_is_its_name_without_version_and_python(name: str, client: str) -> None:
    assert client_of(name) == client
