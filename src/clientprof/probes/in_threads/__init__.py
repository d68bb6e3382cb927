"""Instruments of blocking clients, which run in threads."""
