"""The load: scenarios, rounds, lenses, and the worker process that runs them."""
