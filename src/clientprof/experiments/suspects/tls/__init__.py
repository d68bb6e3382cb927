"""Suspects in TLS contexts and handshakes."""
