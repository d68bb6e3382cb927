"""Inside a program that clientprof did not write: what starts there, and what is observed."""
