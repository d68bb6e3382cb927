"""Exact counts for the reader."""
