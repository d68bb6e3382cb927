"""Measuring clients under every lens: the plan and its run."""
