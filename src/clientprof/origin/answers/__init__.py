"""What a request and its answer are, whatever the version of HTTP: drafts, bodies, delays."""
