"""A link between clients and the server, imitated in a process of its own: delay, jitter, bandwidth, stalls."""
