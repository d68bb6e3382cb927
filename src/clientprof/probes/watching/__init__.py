"""Counting what clients do while somebody looks: the same seams as a recording of a program, and no rows."""
