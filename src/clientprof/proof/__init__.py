"""The proof: the real probes and the real analysis on simulated time, compared with a truth that the script keeps."""
