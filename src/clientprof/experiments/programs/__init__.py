"""A program of somebody else's: started, watched, and its pieces gathered into one recording."""
