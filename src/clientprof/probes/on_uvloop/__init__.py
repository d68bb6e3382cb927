"""Instruments of uvloop."""
