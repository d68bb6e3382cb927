"""A program's recording, answered: who called, what it waited for, who held the loop and the connections.

The way in is ``program_result.program_result``.
"""
