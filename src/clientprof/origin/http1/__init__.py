"""HTTP/1.1 for the routes: one connection, bodies in time, faults."""
