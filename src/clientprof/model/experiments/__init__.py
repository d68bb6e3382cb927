"""Suspects, the experiments that try them, and the staircase that they make."""
