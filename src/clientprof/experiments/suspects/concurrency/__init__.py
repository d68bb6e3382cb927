"""Suspects in scopes, timers, events and context managers around each step."""
