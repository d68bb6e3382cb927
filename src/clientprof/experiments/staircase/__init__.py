"""Measuring suspects: taken away alone and together, from the client to the baseline."""
