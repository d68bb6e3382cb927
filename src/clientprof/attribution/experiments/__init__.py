"""What experiments showed: gains, interactions, slow-downs."""
