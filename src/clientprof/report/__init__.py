"""Shows a result: HTML page, terminal, machine-readable exports. Formats and lays out; computes nothing."""
