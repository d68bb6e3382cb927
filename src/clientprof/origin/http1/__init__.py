"""HTTP/1.1 for the routes: two parsers, one connection, bodies in time, faults."""
