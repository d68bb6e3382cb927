"""Suspects in settings of the process and in what is read from its environment."""
