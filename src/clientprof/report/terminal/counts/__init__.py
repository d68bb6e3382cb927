"""Exact counts on a terminal, and bounds held against them."""
