"""Statistics on plain numbers: intervals and effects over blocks. Knows nothing of clients or recordings."""
