"""CPU per request: headline, layers, functions, call tree, counters; and a client against the baseline."""
