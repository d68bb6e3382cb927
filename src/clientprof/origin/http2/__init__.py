"""HTTP/2 (RFC 9113) for the same routes: frames, header blocks, and one connection with many streams."""
