"""From a request target to what is answered, and to what a client must receive."""
