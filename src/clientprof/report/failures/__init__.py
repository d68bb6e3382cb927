"""Failed requests, shown."""
