"""A program that clientprof did not write: what its recording holds, and what the analysis makes of it."""
