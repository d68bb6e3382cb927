"""Matrices: versions, Pythons and loads, all crossed, in blocks of all cells."""
