"""Measuring a process that runs already: what is put into it from outside, and taken out again."""
