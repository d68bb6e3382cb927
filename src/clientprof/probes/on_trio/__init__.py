"""Instruments of trio: its run loop and its streams."""
