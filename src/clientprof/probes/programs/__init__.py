"""Instruments for a program that clientprof did not write: nothing here may fail it, or be seen by it."""
