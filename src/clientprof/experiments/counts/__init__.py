"""Exact counts: the client in a world in memory, counted twice."""
