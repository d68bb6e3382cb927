"""A world in memory: a clock that nothing but the script moves, a network without a kernel, an origin without a process.

What happens in it depends on the client's code alone. The exact counts and the proof of the ledger both run in it.
"""
