"""The local server that clients are measured against: sizes, delays, faults, TLS, and the truth about what arrived.

The parent uses ``process.OriginProcess``; by hand: ``python -m clientprof.origin.server --port 8080``.
"""
