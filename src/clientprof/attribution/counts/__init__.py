"""Exact counts, read from the runs that made them."""
