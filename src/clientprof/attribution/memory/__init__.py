"""A client's memory by layer and function, from the moments that the memory lens noted."""
