"""What is asked of a client: the scenario, its label, its targets."""
