"""What runs a client: one driver per runtime."""
