"""Wall time of each request: phases, states, blame; and the loop's own time."""
