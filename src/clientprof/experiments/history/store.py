"""The folder of a history: ``TABLE/RECORDING.parquet``, one file per recording and table.

A recording's row is written last: what an interrupted ``add`` left of the other tables is of no recording, and nobody reads
it. Each file is written under a temporary name and renamed when it is whole. The same recording added twice is there once.
"""

import csv
import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from clientprof.experiments.history.rows import Row, exchange_rows, recording_row, result_rows
from clientprof.experiments.history.tables import (
    EXCHANGES,
    KEY,
    RECORDINGS,
    RESULTS,
    TABLES,
    VERSION,
    HistoryError,
    Table,
)
from clientprof.recording.recording_file import read_recording
from clientprof.recording.run_file import RecordingError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# What stands for no value in the text that the database reads.
_NULL = "\\N"
_TEXT = f"""FORMAT csv, AUTO_DETECT false, HEADER false, DELIMITER ',', QUOTE '"', ESCAPE '"', NULLSTR '{_NULL}'"""


def connect() -> "DuckDBPyConnection":
    """A database in memory that loads no extension.

    Raises:
        HistoryError: DuckDB is not installed.
    """
    try:
        import duckdb
    except ModuleNotFoundError:
        raise HistoryError(
            "a history needs DuckDB, which is not installed: python -m pip install 'clientprof[history]'"
        ) from None
    return duckdb.connect(
        ":memory:", config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    )


class History:
    """The history in one folder, which is made by the first recording that is added."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, table: Table, recording: str) -> Path:
        return self.folder / table.name / f"{recording}.parquet"

    def files(self, table: Table) -> list[Path]:
        """The files of the table, of whole recordings only."""
        found = sorted((self.folder / RECORDINGS.name).glob("*.parquet"))
        return [path for each in found if (path := self.file(table, each.stem)).exists()]

    def add(self, path: Path, *, exchanges: bool, machine: str | None = None) -> bool:
        """Add one recording. Returns whether it is new; exchanges may be added to one that is there.

        Raises:
            HistoryError: it cannot be read, has no result to keep, or the folder cannot be written.
        """
        try:
            identity = sha256(path.read_bytes()).hexdigest()[:12]
            there = self.file(RECORDINGS, identity).exists()
            if there and (not exchanges or self.file(EXCHANGES, identity).exists()):
                return False
            recording = read_recording(path)
        except RecordingError as error:
            raise HistoryError(str(error)) from None
        except OSError as error:
            raise HistoryError(f"{path}: {error.strerror or error}") from None
        try:
            row = recording_row(recording, identity, machine)
        except HistoryError as error:
            raise HistoryError(f"{path}: {error}") from None
        try:
            if exchanges:
                self._write(EXCHANGES, identity, exchange_rows(recording, identity))
            if not there:
                self._write(RESULTS, identity, result_rows(recording, identity))
                self._write(RECORDINGS, identity, [row])
        except OSError as error:
            raise HistoryError(f"cannot write to the history {self.folder}: {error.strerror or error}") from None
        return not there

    def _write(self, table: Table, identity: str, rows: Sequence[Row]) -> None:
        import duckdb

        target = self.file(table, identity)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial, text = (target.with_name(f".{identity}.{os.getpid()}.{kind}") for kind in ("partial", "csv"))
        try:
            with connect() as database:
                database.execute(f"CREATE TABLE rows ({table.definition})")
                # As text: prepared rows take the database a hundred times as long.
                with text.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
                    csv.writer(file).writerows([_NULL if value is None else value for value in row] for row in rows)
                if rows:
                    database.execute(f"COPY rows FROM {quoted(str(text))} ({_TEXT})")
                options = f"FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{KEY}: '{VERSION}'}}"
                database.execute(f"COPY rows TO {quoted(str(partial))} ({options})")
            os.replace(partial, target)
        except duckdb.Error as error:
            raise OSError(_first_line(error)) from None
        finally:
            partial.unlink(missing_ok=True)
            text.unlink(missing_ok=True)

    def open(self, tables: Sequence[str] = ("recordings", "results")) -> "DuckDBPyConnection":
        """A database in memory that holds the named tables, and empty ones for the others.

        Raises:
            HistoryError: there is no history, or one of its files is damaged, foreign, or of a newer version.
        """
        database = connect()
        if not self.files(RECORDINGS):
            raise HistoryError(
                f"there is no history in {self.folder}: add recordings by `clientprof history add FILE...`"
            )
        for table in TABLES.values():
            database.execute(f"CREATE TABLE {table.name} ({table.definition})")
            for path in self.files(table) if table.name in tables else ():
                self._load(database, table, path)
        return database

    def _load(self, database: "DuckDBPyConnection", table: Table, path: Path) -> None:
        import duckdb

        name = quoted(str(path))
        advice = "remove that file and add its recording again"
        try:
            found = database.execute(
                f"SELECT decode(value) FROM parquet_kv_metadata({name}) WHERE decode(key) = '{KEY}'"
            ).fetchone()
        except duckdb.Error as error:
            raise HistoryError(f"{path} is damaged or only half written ({_first_line(error)}): {advice}") from None
        if found is None or not str(found[0]).isdecimal():
            raise HistoryError(f"{path} is no file of a history of clientprof: move it elsewhere")
        if int(found[0]) > VERSION:
            raise HistoryError(
                f"{path} was written by a newer clientprof (schema {found[0]}; this one reads up to {VERSION}): "
                "install that version, or use another --history"
            )
        try:
            database.execute(f"INSERT INTO {table.name} BY NAME SELECT * FROM read_parquet({name})")
        except duckdb.Error as error:
            raise HistoryError(f"{path} does not hold what a history does ({_first_line(error)}): {advice}") from None


def quoted(text: str) -> str:
    """The text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
