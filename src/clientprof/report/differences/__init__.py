"""Views of a comparison: verdicts, gap, counters, differential flame graph, stories."""
