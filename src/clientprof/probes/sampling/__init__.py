"""The sampling profiler and what belongs to a sample: its cost, its stack, whether the thread stood still."""
