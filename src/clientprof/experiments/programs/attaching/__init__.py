"""Attaching to a process that runs already: what it is, whether it may be, and what is measured of it."""
