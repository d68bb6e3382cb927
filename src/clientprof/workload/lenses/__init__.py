"""The lenses: which instruments are in a worker, and when they run."""
