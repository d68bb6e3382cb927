"""Blocks on other machines, handed out by the scheduler of Dask (extra ``cluster``)."""
