"""Programs that clientprof did not write: their requests, their loop, who held it."""
