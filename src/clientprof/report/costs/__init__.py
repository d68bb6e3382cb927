"""Views of CPU per request: answer, layers, functions, flame graphs, counters, the cold round."""
