"""Failed requests explained: the client's records of a connection beside the server's."""
