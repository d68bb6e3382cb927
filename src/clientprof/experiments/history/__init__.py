"""The history: results of many recordings in a folder of Parquet files, written and read by DuckDB (extra ``history``)."""
