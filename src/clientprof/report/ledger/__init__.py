"""Views of wall time: phases, blame, waiting, and pictures over time."""
