"""Exact counts: calls, boundaries of the standard library, garbage collections."""
