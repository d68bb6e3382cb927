"""clientprof inside somebody's code: a block, a decorator, a plug-in for pytest. Composes what measures and what shows."""
