"""Measuring and analysing together: plans of worker runs, the environment they ran in, and their results."""
