"""HTTP/1.1 as bytes: two parsers of requests, and replies laid out."""
