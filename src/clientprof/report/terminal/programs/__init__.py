"""Programs that were measured, on a terminal: the result, how two differ, and what happens meanwhile."""
