"""Arms of a comparison: what is comparable, where they differ for certain, which function is which."""
