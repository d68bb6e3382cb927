"""Views of an explanation: staircase, experiments, remedies."""
