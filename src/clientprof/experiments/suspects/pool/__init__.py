"""Suspects in the pool and in how many connections it has."""
